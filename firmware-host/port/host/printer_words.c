/* A printer described by words: what `virtual-hall --printer` is given. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware-host/port/host/hall_printer.h"

static const char allowed[] =
	"allowed: maker=, model=, serial=, firmware= with up to 31 printable characters; "
	"width=384 or 576; charset=gbk, gb2312 or latin; paper_mm=, near_end_mm= 0 to 1000000; "
	"buffer= 1 to 65536; speed_mm_s= 1 to 500; no-process-id, no-transmit, no-automatic, "
	"no-realtime, no-identity, no-qr, no-raster, no-graphics, no-cutter, one-way, "
	"busy-offline, "
	"waits-for-feed, needs-enq";

static bool is_word(const char *word, size_t len, const char *expected)
{
	return strlen(expected) == len && !memcmp(word, expected, len);
}

/* The value of KEY=VALUE, or NULL. */
static const char *value_of(const char *word, size_t len, const char *key)
{
	size_t n = strlen(key);

	return len > n && !memcmp(word, key, n) && word[n] == '=' ? word + n + 1 : NULL;
}

static bool take_flag(struct printer_settings *settings, const char *word, size_t len)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{"no-qr", &settings->no_qr},
		{"no-raster", &settings->no_raster},
		{"no-graphics", &settings->no_graphics},
		{"no-cutter", &settings->no_cutter},
		{"no-transmit", &settings->no_transmit},
		{"no-automatic", &settings->no_automatic},
		{"no-realtime", &settings->no_realtime},
		{"no-identity", &settings->no_identity},
		{"one-way", &settings->one_way},
		{"busy-offline", &settings->busy_offline},
		{"waits-for-feed", &settings->waits_for_feed},
		{"needs-enq", &settings->needs_enq},
	};

	if (is_word(word, len, "no-process-id")) {
		settings->answers_process_id = false;
		return true;
	}
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (is_word(word, len, flags[i].word)) {
			*flags[i].flag = true;
			return true;
		}
	}
	return false;
}

static bool take_text(struct hall_printer_settings *settings, const char *word, size_t len)
{
	const struct {
		const char *key;
		char *text;
	} texts[] = {
		{"maker", settings->maker},
		{"model", settings->model},
		{"serial", settings->serial},
		{"firmware", settings->firmware},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *value = value_of(word, len, texts[i].key);
		size_t n = value ? len - (size_t)(value - word) : 0;

		if (!value || n < 1 || n >= HALL_PRINTER_TEXT)
			continue;
		for (size_t j = 0; j < n; j++)
			if (value[j] < 0x20 || value[j] > 0x7e)
				return false;
		memcpy(texts[i].text, value, n);
		texts[i].text[n] = '\0';
		return true;
	}
	return false;
}

static bool take_number(struct printer_settings *settings, const char *word, size_t len)
{
	const struct {
		const char *key;
		uint32_t *number;
		unsigned long min, max;
	} numbers[] = {
		{"paper_mm", &settings->paper_mm, 0, 1000000},
		{"near_end_mm", &settings->near_end_mm, 0, 1000000},
		{"buffer", &settings->buffer_bytes, 1, PRINTER_MAX_BUFFER},
		{"speed_mm_s", &settings->speed_mm_s, 1, 500},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *value = value_of(word, len, numbers[i].key);
		char *end = NULL;
		unsigned long number;

		if (!value || *value < '0' || *value > '9')
			continue;
		number = strtoul(value, &end, 10);
		if (end != word + len || number < numbers[i].min || number > numbers[i].max)
			return false;
		*numbers[i].number = (uint32_t)number;
		return true;
	}
	return false;
}

static bool take_word(struct hall_printer_settings *printer, const char *word, size_t len)
{
	static const char *const charsets[] = {"charset=gbk", "charset=gb2312", "charset=latin"};
	struct printer_settings *settings = &printer->settings;

	for (int i = 0; i < 3; i++) {
		if (is_word(word, len, charsets[i])) {
			settings->charset = (enum printer_charset)i;
			return true;
		}
	}
	if (is_word(word, len, "width=384") || is_word(word, len, "width=576")) {
		settings->width = word[6] == '3' ? 384 : 576;
		return true;
	}
	return take_flag(settings, word, len) || take_text(printer, word, len) ||
	       take_number(settings, word, len);
}

int hall_printer_parse(struct hall_printer_settings *settings, const char *words,
		       const char **ret_why)
{
	struct hall_printer_settings parsed = *settings;

	for (;;) {
		size_t len = strcspn(words, ",");

		if (!take_word(&parsed, words, len)) {
			*ret_why = allowed;
			return -EINVAL;
		}
		if (!words[len])
			break;
		words += len + 1;
	}
	*settings = parsed;
	return 0;
}
