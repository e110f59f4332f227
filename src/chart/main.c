/* onewindow-chart: a JSON array of charts on stdin (chart.h), a JSON array of SVG texts on stdout.
 * A process of its own, as onewindow-render is: fonts and shaping stay out of the daemon. It opens
 * no file but fonts and no socket. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/chart/chart.h"

enum { MEMORY_MAX_MB = 1024, CPU_MAX_S = 30 };

/* Fonts are mapped, so what counts is the address space. Sanitizers reserve terabytes of it. */
static void limit_myself(void)
{
	const struct rlimit none = {0, 0};
	const struct rlimit time = {CPU_MAX_S, CPU_MAX_S};

	/* Fontconfig would like to write a cache: that is an error of its write and no more. */
	signal(SIGXFSZ, SIG_IGN);
#if !defined(__SANITIZE_ADDRESS__)
	const struct rlimit memory = {MEMORY_MAX_MB * 1024UL * 1024, MEMORY_MAX_MB * 1024UL * 1024};

	setrlimit(RLIMIT_AS, &memory);
#endif
	setrlimit(RLIMIT_CPU, &time);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

#if defined(__SANITIZE_ADDRESS__)
/* fontconfig keeps its patterns to the end; a leak of ours is still one */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

static int draw_one(json_t *json, size_t index, json_t *svgs)
{
	struct chart chart;
	const char *reason = "";
	char *svg = NULL;
	int r = chart_read(&chart, json, &reason);

	if (r == 0)
		r = chart_draw(&chart, &svg);
	if (r == 0 && json_array_append_new(svgs, json_string(svg)) < 0)
		r = -ENOMEM;
	if (r < 0)
		fprintf(stderr, "onewindow-chart: 第 %zu 幅图 chart %zu: %s %s\n", index + 1,
			index + 1, strerror(-r), r == -EINVAL ? reason : "");
	free(svg);
	chart_finish(&chart);
	return r;
}

int main(void)
{
	json_t *charts, *svgs = json_array();
	json_error_t error;
	int r = 0;

	if (isatty(STDIN_FILENO)) {
		fprintf(stderr, "onewindow-chart: 由 onewindow 启动 started by onewindow report "
				"--format html\n");
		return 2;
	}
	limit_myself();
	charts = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_array(charts) || json_array_size(charts) > CHART_MAX_CHARTS) {
		fprintf(stderr, "onewindow-chart: 不是图表 no array of charts: %s\n",
			charts ? "" : error.text);
		r = -EINVAL;
	}
	for (size_t i = 0; r == 0 && i < json_array_size(charts); i++)
		r = draw_one(json_array_get(charts, i), i, svgs);
	if (r == 0 && (json_dumpf(svgs, stdout, JSON_COMPACT) < 0 || fflush(stdout) == EOF))
		r = -EIO;
	json_decref(charts);
	json_decref(svgs);
	return r < 0;
}
