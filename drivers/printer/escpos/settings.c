/* What a hall says of its own printer where the row of the model is wrong, or where it has none:
 * "cutter=none". Keys and words are those of models.conf. What could not be true of any printer is
 * refused, as mkmodels.py refuses it in a row. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/printer/escpos/device.h"

enum {
	WIDTH_DOTS_MIN = 64, /* what the encoder takes */
	WIDTH_DOTS_MAX = 832,
	COLUMNS_MIN = 16,
	COLUMNS_MAX = 104,
	FONT_DOTS_MIN = 8,
	ROWS_DEFAULT = 256,
	ROWS_MAX_GS_V = 2303, /* yH at most 8 (TM-T88III) */
	ROWS_MAX_GS_L = 1662, /* GS ( L fn 112 */
};

static const struct setting {
	const char *key;
	const char *words[4]; /* in the order of the enum, or of false, true; none: a number */
	int least, most;
} settings[] = {
	{"paper_mm", {NULL}, 58, 80},
	{"width_dots", {NULL}, WIDTH_DOTS_MIN, WIDTH_DOTS_MAX},
	{"columns", {NULL}, COLUMNS_MIN, COLUMNS_MAX},
	{"cjk", {"none", "gb2312", "gbk"}, 0, 0},
	{"raster", {"none", "gs-v", "gs-l"}, 0, 0},
	{"raster_rows", {NULL}, 0, ROWS_MAX_GS_V},
	{"cutter", {"none", "partial", "full"}, 0, 0},
	{"qr", {"no", "yes"}, 0, 0},
	{"status", {"none", "realtime", "automatic"}, 0, 0},
	{"completion", {"none", "processed", "printed"}, 0, 0},
	{"one_way", {"no", "yes"}, 0, 0},
	{"port_status", {"use", "ignore"}, 0, 0},
};
enum {
	SET_PAPER_MM,
	SET_WIDTH_DOTS,
	SET_COLUMNS,
	SET_CJK,
	SET_RASTER,
	SET_RASTER_ROWS,
	SET_CUTTER,
	SET_QR,
	SET_STATUS,
	SET_COMPLETION,
	SET_ONE_WAY,
	SET_PORT_STATUS,
	SET_COUNT
};

static int read_value(const struct setting *setting, const char *text, int *ret)
{
	char *end;
	long number;

	for (int i = 0; i < 4 && setting->words[i]; i++) {
		if (strcmp(setting->words[i], text) == 0) {
			*ret = i;
			return 0;
		}
	}
	if (setting->words[0] || text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	number = strtol(text, &end, 10);
	if (*end || errno || number < setting->least || number > setting->most)
		return -EINVAL;
	*ret = (int)number;
	return 0;
}

static void say_allowed(const struct setting *setting, char *ret, size_t size)
{
	if (!setting->words[0])
		snprintf(ret, size, "%d to %d", setting->least, setting->most);
	else
		snprintf(ret, size, "%s, %s%s%s", setting->words[0], setting->words[1],
			 setting->words[2] ? ", " : "", setting->words[2] ? setting->words[2] : "");
}

/* Which one it was; -EINVAL with a sentence. */
static int read_setting(const char *text, int values[SET_COUNT], const char *name, char *ret_error,
			size_t error_size)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : 0;
	char allowed[64];

	for (size_t i = 0; i < SET_COUNT && equals; i++) {
		if (strlen(settings[i].key) != len || strncmp(settings[i].key, text, len) != 0)
			continue;
		if (read_value(&settings[i], equals + 1, &values[i]) == 0)
			return (int)i;
		say_allowed(&settings[i], allowed, sizeof(allowed));
		snprintf(ret_error, error_size, "%s: settings: \"%.40s\"; 可用 allowed: %s", name,
			 text, allowed);
		return -EINVAL;
	}
	snprintf(ret_error, error_size,
		 "%s: 没有这个设置 unknown setting \"%.40s\"; 可用 there are paper_mm, width_dots, "
		 "columns, cjk, "
		 "raster, raster_rows, cutter, qr, status, completion, one_way, "
		 "port_status",
		 name, text);
	return -EINVAL;
}

/* A raster command that the row does not have needs its rows too; 256 suit every buffer. */
static void fill_rows(int values[SET_COUNT])
{
	if (values[SET_RASTER] == PRINTER_RASTER_NONE)
		values[SET_RASTER_ROWS] = 0;
	else if (values[SET_RASTER_ROWS] == 0)
		values[SET_RASTER_ROWS] = ROWS_DEFAULT;
}

/* A printer that never answers has no status, and one without status proves nothing. What was set
 * by name must agree; what the row says gives way. */
static void fill_answers(int values[SET_COUNT], const bool set[SET_COUNT])
{
	if (values[SET_ONE_WAY] && !set[SET_STATUS])
		values[SET_STATUS] = PRINTER_STATUS_NONE;
	if (values[SET_STATUS] == PRINTER_STATUS_NONE && !set[SET_COMPLETION])
		values[SET_COMPLETION] = PRINTER_COMPLETION_NONE;
}

static const char *find_contradiction(const int values[SET_COUNT])
{
	if (values[SET_WIDTH_DOTS] % 8)
		return "width_dots must be a multiple of 8";
	if (values[SET_COLUMNS] * FONT_DOTS_MIN > values[SET_WIDTH_DOTS])
		return "columns do not fit into width_dots";
	if (values[SET_ONE_WAY] && values[SET_STATUS] != PRINTER_STATUS_NONE)
		return "one_way=yes and status cannot both be";
	if (values[SET_STATUS] == PRINTER_STATUS_NONE &&
	    values[SET_COMPLETION] != PRINTER_COMPLETION_NONE)
		return "completion needs status";
	if (values[SET_CJK] == PRINTER_CJK_NONE && values[SET_RASTER] == PRINTER_RASTER_NONE)
		return "cjk=none and raster=none: Chinese could not be printed at all";
	if (values[SET_RASTER] == PRINTER_RASTER_GS_L && values[SET_RASTER_ROWS] > ROWS_MAX_GS_L)
		return "raster_rows of raster=gs-l are at most 1662";
	return NULL;
}

static void take_values(struct device_model *model, const int values[SET_COUNT])
{
	model->u.printer.paper_mm = (uint8_t)values[SET_PAPER_MM];
	model->u.printer.width_dots = (uint16_t)values[SET_WIDTH_DOTS];
	model->u.printer.columns = (uint8_t)values[SET_COLUMNS];
	model->u.printer.cjk = (enum printer_cjk)values[SET_CJK];
	model->u.printer.raster = (enum printer_raster)values[SET_RASTER];
	model->u.printer.raster_rows = (uint16_t)values[SET_RASTER_ROWS];
	model->u.printer.cutter = (enum printer_cutter)values[SET_CUTTER];
	model->u.printer.qr = values[SET_QR];
	model->u.printer.status = (enum printer_status)values[SET_STATUS];
	model->u.printer.completion = (enum printer_completion)values[SET_COMPLETION];
	model->u.printer.one_way = values[SET_ONE_WAY];
	model->u.printer.port_status_wrong = values[SET_PORT_STATUS];
}

int escpos_apply_settings(struct device_model *model, const char *const *given, size_t count,
			  const char *name, char *ret_error, size_t error_size)
{
	int values[SET_COUNT] = {
		[SET_PAPER_MM] = model->u.printer.paper_mm,
		[SET_WIDTH_DOTS] = model->u.printer.width_dots,
		[SET_COLUMNS] = model->u.printer.columns,
		[SET_CJK] = model->u.printer.cjk,
		[SET_RASTER] = model->u.printer.raster,
		[SET_RASTER_ROWS] = model->u.printer.raster_rows,
		[SET_CUTTER] = model->u.printer.cutter,
		[SET_QR] = model->u.printer.qr,
		[SET_STATUS] = model->u.printer.status,
		[SET_COMPLETION] = model->u.printer.completion,
		[SET_ONE_WAY] = model->u.printer.one_way,
		[SET_PORT_STATUS] = model->u.printer.port_status_wrong,
	};
	bool set[SET_COUNT] = {false};
	const char *contradiction;

	for (size_t i = 0; i < count; i++) {
		int r = read_setting(given[i], values, name, ret_error, error_size);

		if (r < 0)
			return r;
		set[r] = true;
	}
	fill_rows(values);
	fill_answers(values, set);
	contradiction = count > 0 ? find_contradiction(values) : NULL;
	if (contradiction) {
		snprintf(ret_error, error_size, "%s: settings: %s", name, contradiction);
		return -EINVAL;
	}
	take_values(model, values);
	return 0;
}
