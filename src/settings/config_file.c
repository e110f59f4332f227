/* Files of settings before libconfig sees them, and what it says of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/settings/config_read.h"

int config_open_file(const char *path, size_t max, struct stat *ret_stat, FILE **ret_file)
{
	/* Opening a named pipe would wait for somebody who writes to it. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	FILE *file;
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret_stat) < 0 || !S_ISREG(ret_stat->st_mode) ||
	    (uint64_t)ret_stat->st_size > max) {
		close(fd);
		return -EFBIG;
	}
	file = fdopen(fd, "r");
	if (!file) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_file = file;
	return 0;
}

int config_read_text_file(const char *path, size_t max, char **ret_text)
{
	FILE *file = NULL;
	struct stat st = {0};
	size_t n;
	char *text;
	int r = config_open_file(path, max, &st, &file);

	if (r < 0)
		return r;
	text = malloc((size_t)st.st_size + 1);
	if (!text) {
		fclose(file);
		return -ENOMEM;
	}
	n = fread(text, 1, (size_t)st.st_size, file);
	fclose(file);
	text[n] = '\0';
	if (strlen(text) != n) {
		free(text);
		return -EILSEQ;
	}
	if (!strncmp(text, "\xef\xbb\xbf", 3)) /* some editors put a byte order mark there */
		memmove(text, text + 3, n - 3 + 1);
	*ret_text = text;
	return 0;
}

int config_nests_deeper(const char *text, int most)
{
	int depth = 0, line = 1;

	for (; *text; text++) {
		line += *text == '\n';
		if (strchr("({[", *text) && ++depth > most)
			return line;
		if (strchr(")}]", *text) && depth > 0)
			depth--;
	}
	return 0;
}

/* The first line with a sign outside of quotation marks and comments that is not ASCII; 0: none. */
static int line_of_wide_sign(const char *text)
{
	bool quoted = false, comment = false;
	int line = 1;

	for (; *text; text++) {
		if (*text == '\n') {
			line++;
			comment = false;
		} else if (quoted && *text == '\\' && text[1]) {
			text++;
		} else if (!comment && *text == '"') {
			quoted = !quoted;
		} else if (!quoted && !comment && !strncmp(text, "/*", 2) && strstr(text, "*/")) {
			for (; strncmp(text, "*/", 2) != 0; text++)
				line += *text == '\n';
			text++;
		} else if (!quoted && (*text == '#' || !strncmp(text, "//", 2))) {
			comment = true;
		} else if (!quoted && !comment && (*text & 0x80)) {
			return line;
		}
	}
	return 0;
}

void config_syntax_error(struct config_reader *reader, const config_t *parsed, const char *text)
{
	int line = config_error_line(parsed), wide = line_of_wide_sign(text);

	if (wide && wide <= line)
		config_error_at_line(reader, wide,
				     "引号外有全角或非 ASCII 字符 syntax error: a sign outside "
				     "quotation marks is full-width or no ASCII");
	else
		config_error_at_line(reader, line,
				     "语法错误，见此行或上一行 %s, here or in the line before",
				     config_error_text(parsed));
}

void config_resolve_path(const char *config_path, char *path, size_t size)
{
	const char *slash = strrchr(config_path, '/');
	char resolved[1024];

	if (!path[0] || path[0] == '/' || !slash)
		return;
	if (snprintf(resolved, sizeof(resolved), "%.*s/%s", (int)(slash - config_path), config_path,
		     path) < (int)sizeof(resolved))
		snprintf(path, size, "%s", resolved);
}
