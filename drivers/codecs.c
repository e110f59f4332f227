/* The only list of codecs. */
#include <string.h>

#include "drivers/codec.h"

extern const struct codec alpha_codec, lihe_codec, modbus_codec, onbon_codec;

static const struct codec *const codecs[] = {
	&alpha_codec,
	&lihe_codec,
	&modbus_codec,
	&onbon_codec,
};

size_t codec_count(void)
{
	return sizeof(codecs) / sizeof(codecs[0]);
}

const struct codec *codec_at(size_t index)
{
	return index < codec_count() ? codecs[index] : NULL;
}

const struct codec *codec_find(const char *name)
{
	for (size_t i = 0; i < codec_count(); i++)
		if (strcmp(codecs[i]->name, name) == 0)
			return codecs[i];
	return NULL;
}
