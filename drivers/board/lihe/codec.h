/* lihe frames for `onewindow board encode` and `board decode`. */
#pragma once

#include "drivers/codec.h"

extern const struct codec lihe_codec;
