/* From what a printer says of itself to a row of models.conf, and how sure that is. What it says
 * over its link counts more than what its USB descriptors say: makers of clones copy those, and one
 * product number stands for several models. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "drivers/printer/escpos/identify.h"

enum { NOISE_MAX = 32, KEY_SIZE = 32, VALUE_SIZE = 96 };

/* The value of a key in "MFG:EPSON;MDL:TM-T88V;"; "" when there is none. */
static void read_key(const char *device_id, const char *const keys[2], char ret[VALUE_SIZE])
{
	ret[0] = '\0';
	for (const char *at = device_id; *at; at += strcspn(at, ";"), at += *at == ';') {
		size_t len = strcspn(at, ";"), colon = strcspn(at, ":");

		while (len > 0 && *at == ' ')
			at++, len--, colon--;
		if (colon >= len)
			continue;
		for (size_t i = 0; i < 2; i++) {
			size_t size = len - colon - 1;

			if (strlen(keys[i]) != colon || strncasecmp(keys[i], at, colon) != 0)
				continue;
			if (size >= VALUE_SIZE)
				size = VALUE_SIZE - 1;
			memcpy(ret, at + colon + 1, size);
			ret[size] = '\0';
			return;
		}
	}
}

bool escpos_speaks_another(const char *device_id)
{
	static const char *const keys[2] = {"CMD", "COMMAND SET"};
	char value[VALUE_SIZE];

	read_key(device_id, keys, value);
	return value[0] && !strcasestr(value, "ESC/POS") && !strcasestr(value, "ESCPOS") &&
	       !strcasestr(value, "EPSON");
}

/* 2: it is that name, 1: the name stands in it as a word, 0: neither. "TM-T88V" is no word of
 * "TM-T88VI". */
static int matches(const char *text, const char *name)
{
	size_t len = strlen(name);

	if (strcasecmp(text, name) == 0)
		return 2;
	for (const char *at = text; (at = strcasestr(at, name)); at++) {
		bool begins = at == text || !isalnum((unsigned char)at[-1]);

		if (begins && !isalnum((unsigned char)at[len]))
			return 1;
	}
	return 0;
}

/* The row with the best match, of two the one with the longer name. */
static const struct device_model *find_row(const char *text, const struct device_model *models,
					   size_t count, int *ret_match)
{
	const struct device_model *best = NULL;
	size_t best_len = 0;

	*ret_match = 0;
	for (size_t i = 0; i < count && text[0]; i++) {
		for (size_t k = 0; k < DEVICE_MAX_NAMES && models[i].marks.names[k]; k++) {
			const char *name = models[i].marks.names[k];
			int match = matches(text, name);

			if (match < *ret_match || match == 0 ||
			    (match == *ret_match && strlen(name) <= best_len))
				continue;
			*ret_match = match;
			best = &models[i];
			best_len = strlen(name);
		}
	}
	return best;
}

static const struct device_model *find_usb(uint32_t usb, const struct device_model *models,
					   size_t count)
{
	for (size_t i = 0; i < count && usb != 0; i++)
		for (size_t k = 0; k < DEVICE_MAX_USB && models[i].marks.usb[k]; k++)
			if (models[i].marks.usb[k] == usb)
				return &models[i];
	return NULL;
}

static const struct device_model *find_name(const char *name, const struct device_model *models,
					    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(models[i].name, name) == 0)
			return &models[i];
	return NULL;
}

static bool is_maker(const char *maker, const char *wanted)
{
	return strcasestr(maker, wanted) != NULL;
}

/* By what it says over the link. */
static void propose_by_name(const char *maker, int match, struct escpos_proposal *ret)
{
	ret->reasons |= match == 2 ? ESCPOS_BY_NAME : ESCPOS_BY_NAME_PART;
	if (!maker[0])
		ret->reasons |= ESCPOS_NO_MAKER;
	else if (!is_maker(maker, ret->model->marks.maker))
		ret->reasons |= ESCPOS_OTHER_MAKER;
	if (ret->reasons & ESCPOS_OTHER_MAKER)
		ret->certainty = ESCPOS_GUESS;
	else if (match == 2 && maker[0])
		ret->certainty = ESCPOS_CERTAIN;
	else
		ret->certainty = ESCPOS_LIKELY;
}

/* By what its descriptors say. */
static void propose_by_device_id(const char *maker, int match, struct escpos_proposal *ret)
{
	ret->reasons |= match == 2 ? ESCPOS_BY_DEVICE_ID : ESCPOS_BY_DEVICE_ID_PART;
	if (!maker[0])
		ret->reasons |= ESCPOS_NO_MAKER;
	else if (!is_maker(maker, ret->model->marks.maker))
		ret->reasons |= ESCPOS_OTHER_MAKER;
	ret->certainty = match == 2 && !(ret->reasons & (ESCPOS_OTHER_MAKER | ESCPOS_NO_MAKER))
				 ? ESCPOS_LIKELY
				 : ESCPOS_GUESS;
}

/* A name that no row has often has the paper's width in it: XP-58IIH, POS-5890. */
static const char *generic_of(const char *name, const char *model)
{
	const char *given = name[0] ? name : model;

	return strstr(given, "58") && !strstr(given, "80") ? "generic-58" : "generic-80";
}

static void propose_generic(const struct escpos_identity *identity, const char *model,
			    const struct device_model *models, size_t count,
			    struct escpos_proposal *ret)
{
	const char *name = identity->texts[ESCPOS_NAME];

	ret->model = find_name(generic_of(name, model), models, count);
	ret->certainty = ESCPOS_GUESS;
	ret->reasons |= name[0] || model[0] ? ESCPOS_NAME_UNKNOWN : ESCPOS_NAMELESS;
}

static bool answered(const struct escpos_identity *identity)
{
	bool any = identity->status_replies > 0;

	for (size_t i = 0; i < ESCPOS_ID_BYTES; i++)
		any |= identity->bytes[i] >= 0;
	for (size_t i = 0; i < ESCPOS_ID_TEXTS; i++)
		any |= identity->texts[i][0] != '\0';
	return any;
}

static void propose_row(const struct escpos_identity *identity, const struct device_model *models,
			size_t count, struct escpos_proposal *ret)
{
	static const char *const maker_keys[2] = {"MFG", "MANUFACTURER"};
	static const char *const model_keys[2] = {"MDL", "MODEL"};
	char maker[VALUE_SIZE], model[VALUE_SIZE];
	const struct device_model *named, *declared;
	int name_match, id_match;

	read_key(identity->device_id, maker_keys, maker);
	read_key(identity->device_id, model_keys, model);
	named = find_row(identity->texts[ESCPOS_NAME], models, count, &name_match);
	declared = find_row(model, models, count, &id_match);
	if (named) {
		ret->model = named;
		propose_by_name(identity->texts[ESCPOS_MAKER], name_match, ret);
		if (declared && declared != named) {
			ret->reasons |= ESCPOS_CONTRADICTS;
			if (ret->certainty > ESCPOS_LIKELY)
				ret->certainty = ESCPOS_LIKELY;
		}
	} else if (declared && !identity->texts[ESCPOS_NAME][0]) {
		ret->model = declared;
		propose_by_device_id(maker, id_match, ret);
	} else if (answered(identity) || model[0]) {
		propose_generic(identity, model, models, count, ret);
	}
}

/* Epson's guide, GS I 69: CHINA GB2312, CHINA GB18030; other scripts by other names. */
static void propose_fonts(const char *fonts, struct escpos_proposal *ret)
{
	if (!fonts[0])
		return;
	if (strcasestr(fonts, "GB18030") || strcasestr(fonts, "GBK"))
		ret->cjk = PRINTER_CJK_GBK;
	else if (strcasestr(fonts, "GB2312"))
		ret->cjk = PRINTER_CJK_GB2312;
	else
		ret->cjk = PRINTER_CJK_NONE;
	if (ret->cjk != ret->model->u.printer.cjk)
		ret->reasons |= ESCPOS_BY_FONTS;
}

void escpos_propose(const struct escpos_identity *identity, const struct device_model *models,
		    size_t count, struct escpos_proposal *ret)
{
	const uint32_t usb = (uint32_t)identity->vendor << 16 | identity->product;

	*ret = (struct escpos_proposal){.certainty = ESCPOS_UNKNOWN};
	if (escpos_speaks_another(identity->device_id)) {
		ret->reasons = ESCPOS_OTHER_LANGUAGE;
		return;
	}
	if (identity->noise > NOISE_MAX) {
		ret->reasons = ESCPOS_GARBAGE;
		return;
	}
	if (identity->status.offline || identity->status.paper_end || identity->status.cover_open)
		ret->reasons |= ESCPOS_IS_OFFLINE;
	propose_row(identity, models, count, ret);
	if (!answered(identity))
		ret->reasons |= ESCPOS_NO_ANSWER;
	/* A name that is no row's says more than a number that several models share. */
	if (!(ret->reasons & ESCPOS_NAME_UNKNOWN) && ret->certainty <= ESCPOS_GUESS &&
	    find_usb(usb, models, count) && (!ret->model || ret->reasons & ESCPOS_NAMELESS)) {
		ret->model = find_usb(usb, models, count);
		ret->certainty = ESCPOS_GUESS;
		ret->reasons |= ESCPOS_BY_USB;
	}
	if (ret->model) {
		ret->cjk = ret->model->u.printer.cjk;
		propose_fonts(identity->texts[ESCPOS_FONTS], ret);
	}
}
