/* What codecs have in common: the settings that they are asked with, and values in words. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/codec.h"

enum { VALUE_SIZE = 4 * CODEC_MAX_FRAME + 256 };

static bool has_key(const char *setting, const char *key, size_t len)
{
	return strncmp(setting, key, len) == 0 && setting[len] == '=';
}

const char *codec_setting(const struct codec_request *request, const char *key)
{
	for (size_t i = request->setting_count; i > 0; i--)
		if (has_key(request->settings[i - 1], key, strlen(key)))
			return request->settings[i - 1] + strlen(key) + 1;
	return NULL;
}

int codec_check_keys(const struct codec_request *request, const char *keys, char *ret_error,
		     size_t error_size)
{
	for (size_t i = 0; i < request->setting_count; i++) {
		const char *key = keys + strspn(keys, " ");
		size_t len = strcspn(key, " ");

		while (len > 0 && !has_key(request->settings[i], key, len)) {
			key += len + strspn(key + len, " ");
			len = strcspn(key, " ");
		}
		if (len > 0)
			continue;
		snprintf(ret_error, error_size,
			 "此处没有该设置 no setting \"%.40s\" here; 可用 allowed: %s",
			 request->settings[i], *keys ? keys : "-");
		return -EINVAL;
	}
	return 0;
}

int codec_number(const struct codec_request *request, const char *key, long least, long most,
		 long *ret, char *ret_error, size_t error_size)
{
	const char *text = codec_setting(request, key);
	bool hex = text && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	size_t len;
	long value;

	if (!text)
		return 0;
	len = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	value = len > 0 && len <= 8 ? strtol(digits, NULL, hex ? 16 : 10) : -1;
	if (len == 0 || digits[len] || value < least || value > most) {
		snprintf(ret_error, error_size, "%s=%.40s: 应为 allowed are %ld 至 to %ld", key,
			 text, least, most);
		return -EINVAL;
	}
	*ret = value;
	return 0;
}

int codec_word(const struct codec_request *request, const char *key, const char *const *words,
	       long *ret, char *ret_error, size_t error_size)
{
	const char *text = codec_setting(request, key);
	int used;

	if (!text)
		return 0;
	for (long i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return 0;
		}
	}
	used = snprintf(ret_error, error_size, "%s=%.40s: 应为 allowed are", key, text);
	for (size_t i = 0; words[i] && used >= 0 && (size_t)used < error_size; i++)
		used += snprintf(ret_error + used, error_size - (size_t)used, " %s", words[i]);
	return -EINVAL;
}

void codec_hex(char *ret, size_t size, const uint8_t *bytes, size_t len)
{
	ret[0] = '\0';
	for (size_t i = 0; i < len && 3 * i + 3 <= size; i++)
		snprintf(ret + (i ? 3 * i - 1 : 0), i ? 4 : 3, i ? " %02X" : "%02X", bytes[i]);
}

void codec_tell(codec_field_fn field, void *user, const char *key, const char *format, ...)
{
	char value[VALUE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	field(user, key, value);
}
