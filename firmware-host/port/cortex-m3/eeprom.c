/* The memory without power: a 24C32 on I2C0, 4 KiB in pages of 32 bytes. A slot is a page, which
 * the chip writes as one. */
#include "firmware-host/port/cortex-m3/port.h"
#include "firmware-host/port/cortex-m3/registers.h"

enum {
	CHIP = 0x50,
	RUN = 1,
	START = 2,
	STOP = 4,
	ACK = 8,
	BUSY = 1,
	FAILED = 2 | 16,
	PATIENCE = 200
};

/* One byte either way; false: it was not acknowledged. */
static bool step(uint32_t command)
{
	I2C_MCS = command | RUN;
	while (I2C_MCS & BUSY)
		;
	return !(I2C_MCS & FAILED);
}

static bool put(uint8_t byte, uint32_t command)
{
	I2C_MDR = byte;
	return step(command);
}

/* Where to read or write. While the chip is writing (up to 10 ms) it does not answer to its
 * address. */
static bool seek(unsigned slot)
{
	unsigned at = slot * HAL_NVM_SLOT;

	for (int i = 0; i < PATIENCE; i++) {
		I2C_MSA = CHIP << 1;
		if (put((uint8_t)(at >> 8), START))
			return put((uint8_t)at, 0);
		I2C_MCS = STOP;
	}
	return false;
}

bool eeprom_read(void *port, unsigned slot, uint8_t ret[HAL_NVM_SLOT])
{
	bool good;

	(void)port;
	if (slot >= HAL_NVM_SLOTS || !seek(slot))
		return false;
	I2C_MSA = CHIP << 1 | 1;
	good = step(START | ACK);
	for (int i = 0; i < HAL_NVM_SLOT && good; i++) {
		ret[i] = (uint8_t)I2C_MDR;
		if (i < HAL_NVM_SLOT - 2)
			good = step(ACK);
		else if (i == HAL_NVM_SLOT - 2)
			good = step(STOP);
	}
	return good;
}

bool eeprom_write(void *port, unsigned slot, const uint8_t bytes[HAL_NVM_SLOT])
{
	(void)port;
	if (slot >= HAL_NVM_SLOTS || !seek(slot))
		return false;
	for (int i = 0; i < HAL_NVM_SLOT; i++)
		if (!put(bytes[i], i == HAL_NVM_SLOT - 1 ? STOP : 0))
			return false;
	return true;
}

/* Pins PB2 and PB3, 100 kHz. */
void eeprom_init(void)
{
	enum { I2C_0 = 1 << 12, PORT_B = 2, PINS_2_3 = 12, MASTER = 1 << 4 };

	SYSCTL_RCGC1 |= I2C_0;
	SYSCTL_RCGC2 |= PORT_B;
	(void)SYSCTL_RCGC2;
	GPIO_AFSEL(GPIO_B) |= PINS_2_3;
	GPIO_ODR(GPIO_B) |= PINS_2_3;
	GPIO_DEN(GPIO_B) |= PINS_2_3;
	I2C_MCR = MASTER;
	I2C_MTPR = PORT_CLOCK_HZ / (2 * 10 * 100000) - 1;
}
