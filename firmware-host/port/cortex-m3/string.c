/* Bytes moved one by one: the largest move is a screen of 2 KiB, when it changes. Built with
 * -fno-tree-loop-distribute-patterns, or each would become a call of itself. */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	while (len--)
		*at++ = *source++;
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	if (at <= source)
		return memcpy(to, from, len);
	while (len--)
		at[len] = source[len];
	return to;
}

void *memset(void *to, int value, size_t len)
{
	uint8_t *at = to;

	while (len--)
		*at++ = (uint8_t)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;

	for (; len--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	return len;
}

int strncmp(const char *a, const char *b, size_t len)
{
	for (; len--; a++, b++)
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}
