/* libFuzzer: parts of digests, and histograms. What is read is within the bytes, and a histogram
 * that decodes encodes to the same bytes. The first byte chooses the part. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/measure/digest.h"
#include "src/measure/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct gathered group;

static struct gathered *take_group(void *user, enum digest_part part, const char *text,
				   int64_t number)
{
	(void)user, (void)part, (void)text, (void)number;
	return &group;
}

static int take_visits(void *user, const struct digest_visits *visits)
{
	(void)user;
	return visits->n < 0 || visits->hour > 23 ? -1 : 0;
}

static int take_outcomes(void *user, const struct digest_outcomes *outcomes)
{
	(void)user;
	return outcomes->hour < 0 || outcomes->hour > 23 ? -1 : 0;
}

static void there_and_back(const uint8_t *bytes, size_t len)
{
	struct histogram histogram = {0};
	int64_t taken = histogram_decode(&histogram, bytes, len);
	uint8_t *again;

	if (taken >= 0) {
		size_t most = histogram_encoded_max(&histogram);

		again = malloc(most);
		if (!again || histogram_encode(&histogram, again, most) != taken ||
		    memcmp(again, bytes, (size_t)taken) != 0 || histogram_settle(&histogram) < 0 ||
		    histogram_quantile_s(&histogram, 9, 10) < -1)
			abort();
		free(again);
	}
	histogram_finish(&histogram);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct store_part part = {.bytes = bytes + 1, .size = len - 1};
	struct digest_cases tickets, filings;
	struct day_tally day = {0};
	int r;

	if (len < 1)
		return 0;
	switch (bytes[0] % (PART_COUNT + 1)) {
	case PART_DAY: r = digest_read_day(&part, &day); break;
	case PART_CELLS: r = digest_read_cells(&part, take_visits, NULL); break;
	case PART_CASES: r = digest_read_cases(&part, &tickets, &filings); break;
	case PART_ISSUED_IN: r = digest_read_issued_in(&part, take_visits, NULL); break;
	case PART_OUTCOMES: r = digest_read_outcomes(&part, take_outcomes, NULL); break;
	case PART_COUNT:
		there_and_back(bytes + 1, len - 1);
		r = 0;
		break;
	default:
		r = digest_read_groups((enum digest_part)(bytes[0] % (PART_COUNT + 1)), &part,
				       take_group, NULL);
		if (r == 0)
			r = gathered_settle(&group);
		break;
	}
	if (r && r != -EBADMSG)
		abort();
	gathered_finish(&group);
	day_tally_finish(&day);
	return 0;
}
