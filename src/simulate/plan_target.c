/* What a plan is to reach: read from a word, and looked for in figures. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/simulate/plan.h"

enum { TEXT_SIZE = 64, MAX_MINUTES = 480 };

static int fault(char ret_fault[PLAN_FAULT_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int fault(char ret_fault[PLAN_FAULT_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_fault, PLAN_FAULT_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

/* Digits and a point, nothing else. *at goes behind it. */
static bool read_number(const char **at, double *ret)
{
	size_t len = strspn(*at, "0123456789.");
	char digits[TEXT_SIZE], *end = NULL;

	if (!len || len >= sizeof(digits))
		return false;
	memcpy(digits, *at, len);
	digits[len] = '\0';
	*ret = strtod(digits, &end);
	if (*end || end == digits)
		return false;
	*at += len;
	return true;
}

static int read_minutes(const char *at, double *ret, char ret_fault[PLAN_FAULT_SIZE])
{
	const char *number = at;

	if (!read_number(&at, ret) || *at)
		return fault(ret_fault, "\"%s\": 不是分钟数 is no number of minutes", number);
	if (*ret > MAX_MINUTES)
		return fault(ret_fault, "%s: 可选 allowed are 0 to %d minutes", number,
			     MAX_MINUTES);
	return 0;
}

static int read_share(const char *at, double *ret, char ret_fault[PLAN_FAULT_SIZE])
{
	const char *number = at;
	double share;

	if (!read_number(&at, &share) || (*at && strcmp(at, "%") != 0))
		return fault(ret_fault, "\"%s\": 不是占比 is no share; 例如 such as .95 or 95%%",
			     number);
	if (*at)
		share /= 100;
	if (!(share > 0 && share <= 1))
		return fault(ret_fault,
			     "%s: 占比应大于 0、不超过 1 a share is more than 0 and at most 1: .95 "
			     "or 95%%",
			     number);
	*ret = share;
	return 0;
}

static bool is_blank(char letter)
{
	return letter == ' ' || letter == '\t';
}

static bool is_sign(char letter)
{
	return letter == '<' || letter == '>';
}

/* Small letters, and no blanks around a sign, behind "within", before "%" and at both ends. */
static bool squeeze(const char *text, char ret[TEXT_SIZE])
{
	size_t len = 0;

	for (; *text; text++) {
		bool blank = is_blank(*text);
		char next = text[strspn(text, " \t")];
		char before = len ? ret[len - 1] : ' ';

		if (blank && (!len || before == '=' || is_sign(next) || next == '%' || !next ||
			      (len == strlen("within") && !memcmp(ret, "within", len))))
			continue;
		if (blank || len == TEXT_SIZE - 1)
			return false;
		ret[len++] = (char)tolower((unsigned char)*text);
	}
	ret[len] = '\0';
	return true;
}

static int unknown(const char *text, char ret_fault[PLAN_FAULT_SIZE])
{
	return fault(ret_fault,
		     "\"%s\": 目标写法，例如 targets are written like these: 'mean<=5', "
		     "'p50<=5', 'p90<=15', 'p95<=20', 'share>=.95', 'share>=95%%', "
		     "'within 10>=.9'",
		     text);
}

static int read_within(const char *at, struct plan_target *target, const char *text,
		       char ret_fault[PLAN_FAULT_SIZE])
{
	double minutes;

	at += strncmp(at, "<=", 2) ? 0 : 2;
	if (!read_number(&at, &minutes) || strncmp(at, ">=", 2) != 0)
		return unknown(text, ret_fault);
	/* whole seconds, as every target has them */
	target->within_ms = minutes <= MAX_MINUTES ? llround(minutes * 60) * 1000 : 0;
	if (target->within_ms < 1000)
		return fault(ret_fault, "within %g: 可选 allowed are 1 s to %d minutes", minutes,
			     MAX_MINUTES);
	return read_share(at + 2, &target->bound, ret_fault);
}

int plan_target_read(struct plan_target *ret_target, const char *text,
		     char ret_fault[PLAN_FAULT_SIZE])
{
	static const char *const names[] = {"mean", "p50", "p90", "p95", "share"};
	static const char *const examples[] = {"mean<=5", "p50<=5", "p90<=15", "p95<=20",
					       "share>=.95"};
	struct plan_target target = {.measure = PLAN_SHARE};
	char word[TEXT_SIZE] = "";
	int r = 1;

	if (!squeeze(text, word))
		return unknown(text, ret_fault);
	for (int i = 0; i < 5 && r > 0; i++) {
		size_t len = strlen(names[i]);
		bool share = i == PLAN_SHARE;
		const char *wanted = share ? ">=" : "<=";

		if (strncmp(word, names[i], len) != 0 || !word[len] || !strchr("<>=", word[len]))
			continue;
		target.measure = (enum plan_measure)i;
		if (strncmp(word + len, wanted, 2) != 0)
			return fault(ret_fault,
				     "\"%s\": %s 后应为 is to be followed by %s, 例如 as in '%s'",
				     text, names[i], wanted, examples[i]);
		r = share ? read_share(word + len + 2, &target.bound, ret_fault)
			  : read_minutes(word + len + 2, &target.bound, ret_fault);
	}
	if (r > 0)
		r = strncmp(word, "within", 6) ? unknown(text, ret_fault)
					       : read_within(word + 6, &target, text, ret_fault);
	if (r == 0)
		*ret_target = target;
	return r;
}

double plan_value(const struct plan_target *target, const struct sim_figures *figures)
{
	switch (target->measure) {
	case PLAN_MEAN: return sim_mean_min(figures);
	case PLAN_P50: return sim_quantile_min(figures, .5);
	case PLAN_P90: return sim_quantile_min(figures, .9);
	case PLAN_P95: return sim_quantile_min(figures, .95);
	case PLAN_SHARE: break;
	}
	return figures->decided ? sim_share(figures) : 1;
}

bool plan_is_met(const struct plan_target *target, const struct sim_figures *figures)
{
	double value = plan_value(target, figures);

	if (figures->uncalled)
		return false;
	return target->measure == PLAN_SHARE ? value >= target->bound : value <= target->bound;
}
