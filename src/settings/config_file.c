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

/* Behind the quoted text or the comment that begins here; a comment to the end of the line ends
 * before it. Where neither begins: text itself. */
static const char *skip_hidden(const char *text, int *line)
{
	if (*text == '"') {
		for (text++; *text && *text != '"'; text++) {
			if (*text == '\\' && text[1])
				text++;
			*line += *text == '\n';
		}
		return *text ? text + 1 : text;
	}
	if (!strncmp(text, "/*", 2) && strstr(text + 2, "*/")) {
		for (text += 2; strncmp(text, "*/", 2) != 0; text++)
			*line += *text == '\n';
		return text + 2;
	}
	if (*text == '#' || !strncmp(text, "//", 2))
		return text + strcspn(text, "\n");
	return text;
}

/* The first line with a sign outside of quotation marks and comments that is not ASCII; 0: none. */
static int line_of_wide_sign(const char *text)
{
	int line = 1;

	while (*text) {
		const char *behind = skip_hidden(text, &line);

		if (behind != text) {
			text = behind;
			continue;
		}
		if (*text & 0x80)
			return line;
		line += *text++ == '\n';
	}
	return 0;
}

/* ---- included files ------------------------------------------------------------------------- */

/* libconfig's own limit of depth; a file that includes itself twice would else be read 2^10 times.
 */
enum { MAX_INCLUDE_DEPTH = 10, MAX_INCLUDED = 64, INCLUDE_PATH_SIZE = 1024 };

struct includes {
	struct config_reader *reader;
	int depth, count;
	bool no_memory;
};

static void check_text(struct includes *includes, const char *file, const char *text);

static void check_file(struct includes *includes, const char *file, int line, const char *path)
{
	char *text = NULL;
	int r;

	if (includes->depth == MAX_INCLUDE_DEPTH || ++includes->count > MAX_INCLUDED) {
		/* said once: what includes itself would say it again and again */
		if (includes->count <= MAX_INCLUDED + 1)
			config_error_in(
				includes->reader, file, line,
				"@include: 过深或过多 files are included at most %d deep, and "
				"%d in all",
				MAX_INCLUDE_DEPTH, MAX_INCLUDED);
		includes->count = MAX_INCLUDED + 1;
		return;
	}
	r = config_read_text_file(path, CONFIG_MAX_BYTES, &text);
	if (r == -ENOMEM) {
		includes->no_memory = true;
	} else if (r < 0 || !text) {
		config_error_in(includes->reader, file, line,
				"@include: 读不了 \"%s\" cannot be read: %s", path,
				r == -EFBIG    ? "no ordinary file, or too large"
				: r == -EILSEQ ? "no text file"
					       : strerror(-r));
	} else {
		includes->depth++;
		check_text(includes, path, text);
		includes->depth--;
	}
	free(text);
}

/* text: behind "@include" and blanks, at the quotation mark. Returns what comes behind it. */
static const char *check_include(struct includes *includes, const char *file, int line,
				 const char *text)
{
	size_t len = strcspn(text + 1, "\"\\\n");
	char path[INCLUDE_PATH_SIZE];

	if (text[1 + len] != '"' || len == 0 || len >= sizeof(path) || text[1] == '/') {
		config_error_in(
			includes->reader, file, line,
			"@include: 文件名无效 needs a file name in quotation marks, relative "
			"to the folder of %s, without a backslash",
			includes->reader->path);
		return text + 1 + strcspn(text + 1, "\n");
	}
	memcpy(path, text + 1, len);
	path[len] = '\0';
	config_resolve_path(includes->reader->path, path, sizeof(path));
	check_file(includes, file, line, path);
	return text + len + 2;
}

static void check_text(struct includes *includes, const char *file, const char *text)
{
	int deep = config_nests_deeper(text, CONFIG_MAX_NESTING), line = 1;
	const char *begin = text; /* of the line, as long as there were only blanks */

	if (deep) {
		config_error_in(includes->reader, file, deep,
				"括号嵌套过深 brackets nest more than %d deep", CONFIG_MAX_NESTING);
		return;
	}
	while (*text) {
		const char *behind = skip_hidden(text, &line);
		size_t blanks = strspn(text, " \t");

		if (behind != text) {
			text = behind;
			begin = NULL;
		} else if (begin == text && !strncmp(text + blanks, "@include", 8)) {
			text += blanks + 8;
			text += strspn(text, " \t");
			text = *text == '"' ? check_include(includes, file, line, text) : text;
		} else {
			line += *text == '\n';
			begin = *text == '\n' ? text + 1 : NULL;
			text++;
		}
	}
}

int config_check_includes(struct config_reader *reader, const char *text)
{
	struct includes includes = {.reader = reader};
	int errors = reader->errors;

	check_text(&includes, reader->path, text);
	if (reader->errors > errors)
		return -EINVAL;
	return includes.no_memory ? -ENOMEM : 0;
}

void config_syntax_error(struct config_reader *reader, const config_t *parsed, const char *text)
{
	const char *file = config_error_file(parsed);
	int line = config_error_line(parsed), wide;
	char path[INCLUDE_PATH_SIZE];
	char *included = NULL;

	snprintf(path, sizeof(path), "%s", file ? file : "");
	config_resolve_path(reader->path, path, sizeof(path));
	if (file && config_read_text_file(path, CONFIG_MAX_BYTES, &included) == 0)
		text = included;
	wide = line_of_wide_sign(text);
	if (wide && wide <= line)
		config_error_in(
			reader, file ? path : reader->path, wide,
			"引号外有全角或非 ASCII 字符 syntax error: a sign outside quotation "
			"marks is full-width or no ASCII");
	else
		config_error_in(reader, file ? path : reader->path, line,
				"语法错误，见此行或上一行 %s, here or in the line before",
				config_error_text(parsed));
	free(included);
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
