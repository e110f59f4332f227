/* Memory that keeps what is written when the power goes. A slot is written whole: a page of an
 * EEPROM or of flash. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HAL_NVM_SLOT = 32, HAL_NVM_SLOTS = 4 };

struct hal_nvm {
	/* False: it cannot be read or written. */
	bool (*read)(void *port, unsigned slot, uint8_t ret[HAL_NVM_SLOT]);
	/* Power that fails meanwhile may leave anything in this slot, but touches no other. */
	bool (*write)(void *port, unsigned slot, const uint8_t bytes[HAL_NVM_SLOT]);
	void *port;
};
