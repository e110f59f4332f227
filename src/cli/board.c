/* onewindow board encode, board decode: frames of boards without a board. What a protocol's frames
 * are made of is told by its codec (drivers/codec.h). */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/codec.h"
#include "drivers/text/text.h"
#include "src/cli/cli.h"

enum {
	OPTION_TEXT = 300,
	MAX_SET = 32,
	MAX_BYTES = 64 * 1024,
};

struct board_options {
	const char *driver, *address, *command, *text;
	const char *set[MAX_SET];
	size_t set_count;
	enum cli_format format;
	char *hex; /* the words, parted by blanks */
};

static void add_word(struct board_options *options, const char *word)
{
	char *joined = NULL;

	if (asprintf(&joined, "%s %s", options->hex ? options->hex : "", word) < 0)
		exit(CLI_REFUSED);
	free(options->hex);
	options->hex = joined;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct board_options *options = state->input;

	switch (key) {
	case 'd': options->driver = arg; break;
	case 'a': options->address = arg; break;
	case 'c': options->command = arg; break;
	case 't': options->text = arg; break;
	case 's':
		if (options->set_count == MAX_SET)
			argp_error(state, "--set: 最多 at most %d", MAX_SET);
		options->set[options->set_count++] = arg;
		break;
	case 'f':
		if (!cli_parse_format(arg, &options->format) || options->format == CLI_CSV)
			argp_error(state, "--format: 可选 allowed are text, json");
		break;
	case ARGP_KEY_ARG: add_word(options, arg); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* All that can be asked for, by protocol. */
static void print_codecs(FILE *file)
{
	fprintf(file, "\n协议 Protocols (--driver):\n");
	for (size_t i = 0; i < codec_count(); i++) {
		const struct codec *codec = codec_at(i);

		fprintf(file, "\n  %s  %s %s\n", codec->name, codec->description_zh,
			codec->description);
		fprintf(file, "    --command: %s\n    --set: %s\n", codec->commands,
			codec->settings);
	}
}

static const struct codec *find_codec(const char *command, const struct board_options *options)
{
	const struct codec *codec = options->driver ? codec_find(options->driver) : NULL;

	if (codec)
		return codec;
	if (options->driver)
		fprintf(stderr, "onewindow board %s: 没有此协议 no protocol \"%s\"\n", command,
			options->driver);
	else
		fprintf(stderr, "onewindow board %s: 缺少 missing: --driver\n", command);
	print_codecs(stderr);
	return NULL;
}

/* ---- encode ---- */

static void print_frame(const struct codec *codec, const struct board_options *options,
			const uint8_t *frame, size_t len)
{
	char hex[3 * CODEC_MAX_FRAME + 1];
	json_t *json;

	codec_hex(hex, sizeof(hex), frame, len);
	if (options->format == CLI_TEXT) {
		printf("%s\n", hex);
		return;
	}
	json = json_pack("{s:s, s:i, s:s}", "driver", codec->name, "length", (int)len, "hex", hex);
	cli_print_json(json);
	json_decref(json);
}

static int encode(const struct board_options *options)
{
	const struct codec *codec = find_codec("encode", options);
	struct codec_request request = {.command = options->command,
					.text = options->text,
					.settings = options->set,
					.setting_count = options->set_count};
	char error[CODEC_MAX_ERROR] = "";
	uint8_t frame[CODEC_MAX_FRAME];
	char *end = NULL;
	long address;
	int len;

	if (!codec)
		return CLI_USAGE;
	if (options->hex)
		return cli_usage("board encode", "多余的词 no word is expected here:%s",
				 options->hex);
	if (!options->address)
		return cli_usage("board encode", "缺少 missing: --address");
	address = isdigit((unsigned char)options->address[0]) ? strtol(options->address, &end, 0)
							      : -1;
	if (address < 0 || address > UINT16_MAX || *end)
		return cli_usage("board encode", "--address %s: 不是地址 no address",
				 options->address);
	for (size_t i = 0; i < options->set_count; i++)
		if (!strchr(options->set[i], '='))
			return cli_usage("board encode", "--set %s: 应为 is to be KEY=VALUE",
					 options->set[i]);
	if (options->text && !text_check(options->text, strlen(options->text)))
		return cli_usage("board encode", "--text: 不是 UTF-8 is not UTF-8");
	request.address = (uint16_t)address;
	len = codec->encode(&request, frame, sizeof(frame), error, sizeof(error));
	if (len < 0) {
		fprintf(stderr, "onewindow board encode: %s: %s\n", codec->name,
			error[0] ? error : "帧过长 the frame is too long");
		return CLI_USAGE;
	}
	print_frame(codec, options, frame, (size_t)len);
	return CLI_OK;
}

/* ---- decode ---- */

/* Bytes as people write them: "AA01", "aa 01", "0xAA,0x01", "AAH 01H". 0, or where it is wrong. */
static const char *parse_hex(const char *text, uint8_t *ret, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (*(text += strspn(text, " \t\r\n,;:-"))) {
		size_t digits;

		if ((text[0] == '0' || text[0] == '\\') && (text[1] == 'x' || text[1] == 'X'))
			text += 2;
		digits = strspn(text, "0123456789abcdefABCDEF");
		if (digits == 0 || digits % 2 || len + digits / 2 > size)
			return text;
		for (size_t i = 0; i < digits; i += 2) {
			char byte[3] = {text[i], text[i + 1], '\0'};

			ret[len++] = (uint8_t)strtoul(byte, NULL, 16);
		}
		text += digits;
		if (*text == 'h' || *text == 'H')
			text++;
	}
	*ret_len = len;
	return NULL;
}

struct explained {
	json_t *fields, *meanings;
	struct cli_table table;
};

static void add_field(void *user, const char *key, const char *value)
{
	struct explained *explained = user;
	const char *tab = strchr(value, '\t');
	size_t len = tab ? (size_t)(tab - value) : strlen(value);

	json_object_set_new(explained->fields, key, json_stringn(value, len));
	if (tab)
		json_object_set_new(explained->meanings, key, json_string(tab + 1));
	cli_table_add(&explained->table, "  %s", key);
	cli_table_add(&explained->table, "%.*s", (int)len, value);
	cli_table_add(&explained->table, "%s", tab ? tab + 1 : "");
}

/* Not to be drawn by a terminal, whatever a frame holds. */
static void print_fields(const struct cli_table *table)
{
	size_t widths[2] = {0};

	for (size_t i = 0; i < table->rows; i++)
		for (char *at = table->cells[i]; *at; at++)
			if ((unsigned char)*at < 0x20 || *at == 0x7f)
				*at = '?';
	for (size_t i = 0; i < table->rows; i++)
		if (i % 3 < 2 && text_columns(table->cells[i]) > widths[i % 3])
			widths[i % 3] = text_columns(table->cells[i]);
	for (size_t i = 0; i + 2 < table->rows; i += 3) {
		const char *const *cells = (const char *const *)table->cells + i;
		int pads[2] = {(int)(widths[0] - text_columns(cells[0])) + 2,
			       (int)(widths[1] - text_columns(cells[1])) + 2};

		if (cells[2][0])
			printf("%s%*s%s%*s%s\n", cells[0], pads[0], "", cells[1], pads[1], "",
			       cells[2]);
		else
			printf("%s%*s%s\n", cells[0], pads[0], "", cells[1]);
	}
}

/* One frame; its bytes, or what decode() said. */
static int explain(const struct codec *codec, const struct codec_request *told,
		   const uint8_t *bytes, size_t len, size_t offset, enum cli_format format,
		   json_t *frames, char *error, size_t error_size)
{
	struct explained explained = {.fields = json_object(), .meanings = json_object()};
	char hex[3 * CODEC_MAX_FRAME + 1];
	int used;

	cli_table_init(&explained.table, 3);
	used = codec->decode(told, bytes, len, add_field, &explained, error, error_size);
	if (used > 0) {
		codec_hex(hex, sizeof(hex), bytes, (size_t)used);
		if (format == CLI_TEXT) {
			printf("%s%s\n", offset ? "\n" : "", hex);
			print_fields(&explained.table);
		}
		json_array_append_new(frames,
				      json_pack("{s:i, s:i, s:s, s:O, s:O}", "offset", (int)offset,
						"length", used, "hex", hex, "fields",
						explained.fields, "meanings", explained.meanings));
	}
	cli_table_finish(&explained.table);
	json_decref(explained.fields);
	json_decref(explained.meanings);
	return used;
}

static int decode_bytes(const struct codec *codec, const struct board_options *options,
			const uint8_t *bytes, size_t len)
{
	const struct codec_request told = {.settings = options->set,
					   .setting_count = options->set_count};
	json_t *frames = json_array(), *json;
	char error[CODEC_MAX_ERROR] = "";
	size_t at = 0;
	int used = 1;

	while (at < len && used > 0) {
		used = explain(codec, &told, bytes + at, len - at, at, options->format, frames,
			       error, sizeof(error));
		at += used > 0 ? (size_t)used : 0;
	}
	if (options->format == CLI_JSON && used > 0) {
		json = json_pack("{s:s, s:O}", "driver", codec->name, "frames", frames);
		cli_print_json(json);
		json_decref(json);
	}
	json_decref(frames);
	if (used > 0)
		return CLI_OK;
	fflush(stdout);
	fprintf(stderr, "onewindow board decode: %s, 第 %zu 字节起 from byte %zu: %s\n",
		codec->name, at + 1, at + 1, error);
	return used == -EINVAL ? CLI_USAGE : CLI_REFUSED;
}

static int decode(const struct board_options *options)
{
	const struct codec *codec = find_codec("decode", options);
	const char *wrong;
	uint8_t *bytes;
	size_t len = 0;
	int r;

	if (!codec)
		return CLI_USAGE;
	if (options->address || options->command || options->text)
		return cli_usage("board decode", "%s: 只用于 is only of board encode",
				 options->address   ? "--address"
				 : options->command ? "--command"
						    : "--text");
	if (!options->hex || !options->hex[strspn(options->hex, " ")])
		return cli_usage("board decode", "缺少字节 the bytes are missing: 'AA 01 BB ...'");
	bytes = malloc(MAX_BYTES);
	if (!bytes)
		return CLI_REFUSED;
	wrong = parse_hex(options->hex, bytes, MAX_BYTES, &len);
	if (wrong) {
		fprintf(stderr,
			"onewindow board decode: 不是十六进制字节 no bytes in hexadecimal: "
			"\"%.20s\"\n",
			wrong);
		r = CLI_REFUSED;
	} else {
		r = decode_bytes(codec, options, bytes, len);
	}
	free(bytes);
	return r;
}

/* ---- the command ---- */

/* With all that can be asked for behind the options. */
static char *make_doc(void)
{
	char *buffer = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&buffer, &size);

	if (!file)
		return NULL;
	fputs("屏的报文：由文字生成，或逐字段解释。不需要设备。\n"
	      "Frames of boards: made of words, or explained field by field. No device is "
	      "needed.\v",
	      file);
	print_codecs(file);
	fclose(file);
	return buffer;
}

int cli_board(int argc, char **argv)
{
	static const struct argp_option option_list[] = {
		{"driver", 'd', "DRIVER", 0, "协议 the protocol", 0},
		{"address", 'a', "NUMBER", 0, "encode: 屏的地址 the board's address", 0},
		{"command", 'c', "COMMAND", 0,
		 "encode: 命令 what the frame is to say (default: the first one)", 0},
		{"text", 't', "TEXT", 0, "encode: 文字 the text, in UTF-8", 0},
		{"set", 's', "KEY=VALUE", 0,
		 "字段取值，可重复 a field of the protocol, as often as there are", 0},
		{"format", 'f', "FORMAT", 0, "text（默认 default）或 or json", 0},
		{0},
	};
	char *doc = make_doc();
	const struct argp argp = {option_list, parse, "encode | decode HEX...", doc, NULL,
				  NULL,	       NULL};
	struct board_options options = {0};
	int r = cli_parse(&argp, argc, argv, &options);

	if (r == CLI_OK) {
		char *rest = options.hex ? options.hex + 1 : NULL;
		size_t len = rest ? strcspn(rest, " ") : 0;
		bool encodes = len == 6 && strncmp(rest, "encode", len) == 0;

		if (!encodes && !(len == 6 && strncmp(rest, "decode", len) == 0)) {
			r = cli_usage("board", "应为 is to be encode, decode");
			print_codecs(stderr);
		} else {
			struct board_options words = options;

			words.hex = rest[len] ? rest + len : NULL;
			r = encodes ? encode(&words) : decode(&words);
		}
	}
	free(options.hex);
	free(doc);
	return r;
}
