/* Names between braces in texts of the configuration and of templates. */
#include "src/daemon/config_parts.h"
#include "src/devices/placeholder.h"

void config_check_placeholders(struct config_reader *reader, const config_setting_t *at,
			       const struct placeholder_names *names, unsigned long allowed,
			       const char *text)
{
	struct placeholder_piece piece;

	while ((text = placeholder_next(names, text, &piece)) != NULL) {
		bool known = piece.value < names->count && !piece.bad;
		char list[320];

		if (!piece.bad && (!known || allowed >> piece.value & 1))
			continue;
		placeholder_list(names, allowed, list, sizeof(list));
		config_error(reader, at, "%s: %s \"{%.*s\"; 可用 allowed: %s; {{ is a brace",
			     config_name_of(at),
			     known ? "此处无此占位符 a placeholder that has no value here"
				   : "无此占位符 no placeholder",
			     piece.len < 30 ? (int)piece.len + (piece.text[piece.len] == '}') : 30,
			     piece.text, list);
	}
}
