/* The standardised mean: shown where both sides are mostly made of the same cells. */
#include <math.h>

#include "src/measure/compare_private.h"
#include "src/measure/standard.h"

static enum compare_verdict judge(const struct compare_work *work, bool enough)
{
	const struct compare_figure *mean = &work->result->standard.mean;

	if (!compare_has_waits(&work->input->before) || !compare_has_waits(&work->input->after))
		return VERDICT_NO_WAITS;
	if (!work->enough)
		return VERDICT_FEW_DAYS;
	if (!enough)
		return VERDICT_OVERLAP;
	if (!(mean->before > 0) || !(mean->after > 0))
		return VERDICT_NO_WAITS;
	return compare_judge(work, mean->relative ? &mean->log : &mean->change);
}

int compare_standard(struct compare_work *work)
{
	struct compare_standard *ret = &work->result->standard;
	struct standard standard;
	int r = standard_begin(work->input, &standard);

	if (r)
		return r;
	ret->overlap = standard.overlap;
	ret->cells = (uint32_t)standard.cells;
	compare_figure_unknown(&ret->mean);
	if (standard.enough)
		compare_figure_make(work, standard_estimate, &standard.before, &standard.after,
				    &ret->mean);
	ret->mean.verdict = judge(work, standard.enough);
	standard_finish(&standard);
	return 0;
}
