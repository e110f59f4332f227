/* What a comparison says, in words: one sentence in each language. Pure. */
#pragma once

#include "src/measure/compare.h"

enum { REPORT_WORDS_SIZE = 256 };

struct report_words {
	char zh[REPORT_WORDS_SIZE], en[REPORT_WORDS_SIZE];
};

/* "shorter", "longer", "no-waits", "few-days", "zero-inside", "bounds", "overlap", "drift". */
const char *report_verdict_name(enum compare_verdict verdict);
/* In a table: "缩短 shorter", "未能证明 not shown". */
const char *report_verdict_cell(enum compare_verdict verdict);
/* Of a share within target: "higher", "lower", else as above. */
const char *report_share_verdict_name(const struct compare_figure *share);
const char *report_share_verdict_cell(const struct compare_figure *share);

/* There are two values to compare. */
bool report_has_figures(enum compare_verdict verdict);
/* The difference in differences is one; over too few common days none is printed. */
bool report_has_difference(const struct compare_did *did);

/* Both sides have days enough for resamples to be drawn. */
bool report_has_interval(const struct compare_result *result);

/* How much shorter the wait has become, or that it is not shown, with the reason. */
void report_sentence(const struct compare_result *result, struct report_words *ret);
/* The standardised figure; the difference in differences. */
void report_sentence_standard(const struct compare_result *result, struct report_words *ret);
void report_sentence_did(const struct compare_result *result, struct report_words *ret);

/* Digits behind the point, `least` or more, by which what is not zero does not read as zero: the
 * end of an interval without zero in it. At most six. */
int report_digits(double value, int least);
/* A share of 1 as percent, "93.0%"; what is not all never reads as 100.0%, nor what is not nothing
 * as 0.0%. */
const char *report_percent(double share, char ret[32]);
