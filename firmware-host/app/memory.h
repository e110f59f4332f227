/* A record that outlives the power: kept in two slots in turn, so that power that fails while it is
 * being written leaves the one before. */
#pragma once

#include <stddef.h>

#include "firmware-host/hal/nvm.h"

enum { MEMORY_RECORD = 20 };

/* The newest good record of the two slots from first_slot. False: there is none; *ret untouched. */
bool memory_load(const struct hal_nvm *nvm, unsigned first_slot, uint8_t ret[MEMORY_RECORD]);
/* True: it is stored, and reads back so. */
bool memory_save(const struct hal_nvm *nvm, unsigned first_slot,
		 const uint8_t record[MEMORY_RECORD]);
