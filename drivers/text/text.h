/* Text as Chinese devices take it: UTF-8 in, GBK out, and the columns it will cover.
 *
 * All text is UTF-8 and ends with NUL. Malformed UTF-8 is never an error of these functions (but
 * of text_check): each byte that cannot begin a character counts as one character U+FFFD.
 *
 * "Columns" are half-width characters, as a GBK device draws them: ASCII takes one, combining marks
 * and control characters take none, everything else two (also "…", "·", "é"; and what has no GBK
 * code, for it becomes 〓). So columns are the bytes of text_to_gbk. No locale is asked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TEXT_MALFORMED = 0xfffd,
	/* U+3013 〓, the printers' sign for a missing character, in GBK. */
	TEXT_GBK_MISSING = 0xa1fe,
};

/* The character at text, of which len bytes may be read. Returns the bytes it takes, 1 to 4; 0 when
 * len is 0. Malformed: takes 1 byte and gives TEXT_MALFORMED. NUL is a character here. */
size_t text_next(const char *text, size_t len, uint32_t *ret_code);

/* Well-formed UTF-8 of len bytes (RFC 3629: no overlong forms, no surrogates, nothing above
 * U+10FFFF). U+FFFD itself is well-formed. */
bool text_check(const char *text, size_t len);

/* C0, DEL, C1, and the invisible formatting characters: direction marks and overrides, joiners,
 * byte order mark, line and paragraph separators, tags, variation selectors. Devices get none. */
bool text_is_control(uint32_t code);

/* 0, 1 or 2. */
unsigned text_columns_of(uint32_t code);
/* Of the whole text. */
size_t text_columns(const char *text);

/* Copies text, cut to at most `columns` columns: what does not fit is replaced by "…" (two
 * columns), never through a character and never between a letter and its marks; blanks before the
 * "…" go. Where not even the "…" fits the text is cut without it. Control characters are left out.
 * Returns the columns used, -ENOSPC: size (with NUL) is too small for the result. */
__attribute__((warn_unused_result)) int text_abbreviate(char *ret, size_t size, const char *text,
							size_t columns);

/* The same, filled with blanks on the right to exactly `columns`. */
__attribute__((warn_unused_result)) int text_pad(char *ret, size_t size, const char *text,
						 size_t columns);

/* Makes the table of GBK from the C library's iconv, once; thread-safe and cheap afterwards. The
 * functions below do it themselves. -ENOSYS: this system's iconv has no GB18030 or no EUC-CN. */
__attribute__((warn_unused_result)) int text_gbk_init(void);

/* One character's GBK: below 0x100 one byte (ASCII), else lead and trail byte of the two-byte area
 * of GB18030 (all that printers and boards take). 0: it has none; also for user-defined areas. */
uint16_t text_gbk_of(uint32_t code);

/* Is the character one of the 7,445 of GB 2312-80, or ASCII? */
bool text_is_gb2312(uint32_t code);

/* Can a device print the whole text by itself: every character is ASCII, or of GBK where it has
 * that, or of GB2312 alone. Control characters do not count, devices get none. */
enum text_set { TEXT_SET_ASCII = 0, TEXT_SET_GB2312, TEXT_SET_GBK };
bool text_is_in_set(const char *text, enum text_set set);
/* The first character for which it cannot; NULL: there is none. */
const char *text_find_missing(const char *text, enum text_set set);

/* Encodes len bytes of UTF-8. Control characters are left out; a character without a GBK code
 * becomes 〓, a combining mark without one nothing; both count in ret_missing (may be NULL).
 * 0; -ENOSPC: size is too small (2 * len is always enough); -ENOSYS as above. */
__attribute__((warn_unused_result)) int text_to_gbk(const char *text, size_t len, uint8_t *ret,
						    size_t size, size_t *ret_len,
						    size_t *ret_missing);

/* The other way, for people who read a device's bytes: what is no character of the two-byte area,
 * and control bytes, stand as \xNN. 0; -ENOSPC: size (with NUL) is too small, 4 * len + 1 is always
 * enough; -ENOSYS as above. */
__attribute__((warn_unused_result)) int text_from_gbk(const uint8_t *bytes, size_t len, char *ret,
						      size_t size);
