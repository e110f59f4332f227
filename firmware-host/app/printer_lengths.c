/* How long each command is: from Epson's command reference and the crib of the TM-T88III. A length
 * that is wrong prints parameters as text, so commands that are not drawn are here too. */
#include "firmware-host/app/printer_parts.h"

/* GS ( X pL pH ...: pictures give their head only; what is longer than our memory too. */
static int long_length(const uint8_t *bytes, size_t len)
{
	size_t total;

	if (len < 5)
		return PRINTER_MORE;
	total = 5u + bytes[3] + 256u * bytes[4];
	if (total > 15 && bytes[2] == 'L') {
		if (len < 7)
			return PRINTER_MORE;
		if (bytes[6] == 112)
			return 15;
	}
	return total > PRINTER_MAX_COMMAND ? 5 : (int)total;
}

/* GS 8 L p1 p2 p3 p4 m fn ...: as GS ( L, with a longer length. */
static int longer_length(const uint8_t *bytes, size_t len)
{
	if (len < 7)
		return PRINTER_MORE;
	if (bytes[3] < 11 && !bytes[4] && !bytes[5] && !bytes[6])
		return 7;
	if (len < 9)
		return PRINTER_MORE;
	return bytes[2] == 'L' && bytes[8] == 112 ? 17 : 7;
}

/* GS k m d.. NUL, or GS k m n d.. */
static int barcode_length(const uint8_t *bytes, size_t len)
{
	if (len < 4)
		return PRINTER_MORE;
	if (bytes[2] >= 65)
		return 4 + bytes[3];
	return bytes[len - 1] == 0 ? (int)len : PRINTER_MORE;
}

static int gs_length(const uint8_t *bytes, size_t len)
{
	switch (bytes[1]) {
	case ':': return 2;
	case '!':
	case '/':
	case 'a':
	case 'b':
	case 'r':
	case 'I':
	case 'B':
	case 'H':
	case 'f':
	case 'h':
	case 'w': return 3;
	case 'L':
	case 'W':
	case '$':
	case '\\':
	case 'P': return 4;
	case '^': return 5;
	case 'V':
		if (len < 3)
			return PRINTER_MORE;
		return bytes[2] >= 65 && bytes[2] <= 106 ? 4 : 3;
	case '*': return len < 4 ? PRINTER_MORE : 4; /* x y; the dots are skipped */
	case '(': return long_length(bytes, len);
	case '8': return longer_length(bytes, len);
	case 'k': return barcode_length(bytes, len);
	case 'v': return 8; /* the head; the dots are taken one by one */
	default: return PRINTER_UNKNOWN;
	}
}

/* ESC D n1 .. nk NUL */
static int tabs_length(const uint8_t *bytes, size_t len)
{
	if (len < 3)
		return PRINTER_MORE;
	if (bytes[len - 1] == 0 || len == 2 + PRINTER_MAX_TABS + 1)
		return (int)len;
	return PRINTER_MORE;
}

static int esc_length(const uint8_t *bytes, size_t len)
{
	switch (bytes[1]) {
	case '@':
	case '2':
	case 'i':
	case 'm':
	case 'L':
	case 'S':
	case 0x0c: return 2;
	case '!':
	case ' ':
	case 'a':
	case 'E':
	case 'G':
	case 'd':
	case 'e':
	case 'J':
	case 't':
	case 'R':
	case '3':
	case 'M':
	case '-':
	case '{':
	case 'V':
	case 'T':
	case '%':
	case '?':
	case '=':
	case 'r': return 3;
	case '$':
	case '\\':
	case 'c':
	case 'B': return 4;
	case 'p': return 5;
	case '*': return 5; /* m nL nH; the dots are skipped */
	case 'W': return 10;
	case 'D': return tabs_length(bytes, len);
	default: return PRINTER_UNKNOWN;
	}
}

static int fs_length(const uint8_t *bytes, size_t len)
{
	switch (bytes[1]) {
	case '&':
	case '.': return 2;
	case '!':
	case 'W':
	case 'C':
	case '-': return 3;
	case 'S':
	case 'p': return 4;
	case '2': return 4 + 72; /* a user-defined character */
	case '(': return long_length(bytes, len);
	default: return PRINTER_UNKNOWN;
	}
}

/* These were executed when they arrived. */
static int dle_length(const uint8_t *bytes, size_t len)
{
	if (bytes[1] == 0x04 || bytes[1] == 0x05)
		return 3;
	if (bytes[1] != 0x14)
		return PRINTER_UNKNOWN;
	if (len < 3)
		return PRINTER_MORE;
	switch (bytes[2]) {
	case 3: return 8;
	case 7: return 4;
	case 8: return 10;
	default: return 5;
	}
}

int printer_command_length(const uint8_t *bytes, size_t len)
{
	int n;

	if (len < 2)
		return PRINTER_MORE;
	switch (bytes[0]) {
	case ESC: n = esc_length(bytes, len); break;
	case FS: n = fs_length(bytes, len); break;
	case GS: n = gs_length(bytes, len); break;
	default: n = dle_length(bytes, len); break;
	}
	return n > 0 && len < (size_t)n ? PRINTER_MORE : n;
}

static uint32_t le16(const uint8_t *bytes)
{
	return bytes[0] + 256u * bytes[1];
}

/* GS v 0 m xL xH yL yH. Out of range: the command is given up and its dots are text, which is what
 * the manuals say of all parameters. */
static uint32_t raster_length(const uint8_t *bytes)
{
	uint32_t rows = le16(bytes + 6);
	uint8_t mode = bytes[3] >= 48 ? bytes[3] - 48 : bytes[3];

	return bytes[2] == '0' && mode <= 3 && rows <= PRINTER_MAX_RASTER_ROWS
		       ? le16(bytes + 4) * rows
		       : 0;
}

uint32_t printer_data_length(const uint8_t *bytes, size_t len, size_t collected)
{
	uint32_t extra = (uint32_t)(collected - len); /* were needed to know what it is */
	uint32_t total;

	if (bytes[0] == ESC && bytes[1] == '*')
		return le16(bytes + 3) * (bytes[2] >= 32 ? 3 : 1);
	if (bytes[0] != GS)
		return 0;
	switch (bytes[1]) {
	case 'v': return raster_length(bytes);
	case '*': return 8u * bytes[2] * bytes[3];
	case '(':
		total = 5 + le16(bytes + 3);
		return total > len ? total - (uint32_t)len - extra : 0;
	case '8': return le16(bytes + 3) + 65536u * le16(bytes + 5) - (len == 17 ? 10 : extra);
	default: return 0;
	}
}
