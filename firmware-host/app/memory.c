/* A slot: "OWNV" sequence(4) record(20) CRC-32(4), numbers high byte first. */
#include "firmware-host/app/memory.h"

#include <string.h>

#include "firmware-host/proto/service.h"

enum { AT_SEQUENCE = 4, AT_RECORD = 8, AT_CRC = AT_RECORD + MEMORY_RECORD };
_Static_assert(AT_CRC + 4 == HAL_NVM_SLOT, "a record fills its slot");

static const uint8_t magic[AT_SEQUENCE] = {'O', 'W', 'N', 'V'};

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void put32(uint8_t *ret, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(value >> (24 - 8 * i));
}

static bool read_slot(const struct hal_nvm *nvm, unsigned slot, uint8_t ret[HAL_NVM_SLOT])
{
	return nvm->read(nvm->port, slot, ret) && memcmp(ret, magic, sizeof(magic)) == 0 &&
	       get32(ret + AT_CRC) == service_crc32(ret, AT_CRC);
}

/* 0 or 1, *ret its bytes; -1: neither is good. */
static int find_newest(const struct hal_nvm *nvm, unsigned first_slot, uint8_t ret[HAL_NVM_SLOT])
{
	uint8_t other[HAL_NVM_SLOT];
	bool first = read_slot(nvm, first_slot, ret);

	if (!read_slot(nvm, first_slot + 1, other))
		return first ? 0 : -1;
	/* the sequence may come round */
	if (first && (int32_t)(get32(ret + AT_SEQUENCE) - get32(other + AT_SEQUENCE)) > 0)
		return 0;
	memcpy(ret, other, sizeof(other));
	return 1;
}

bool memory_load(const struct hal_nvm *nvm, unsigned first_slot, uint8_t ret[MEMORY_RECORD])
{
	uint8_t bytes[HAL_NVM_SLOT];

	if (find_newest(nvm, first_slot, bytes) < 0)
		return false;
	memcpy(ret, bytes + AT_RECORD, MEMORY_RECORD);
	return true;
}

bool memory_save(const struct hal_nvm *nvm, unsigned first_slot,
		 const uint8_t record[MEMORY_RECORD])
{
	uint8_t bytes[HAL_NVM_SLOT], back[HAL_NVM_SLOT];
	int newest = find_newest(nvm, first_slot, bytes);
	unsigned slot = first_slot + (newest == 0 ? 1 : 0);

	put32(bytes + AT_SEQUENCE, newest < 0 ? 1 : get32(bytes + AT_SEQUENCE) + 1);
	memcpy(bytes, magic, sizeof(magic));
	memcpy(bytes + AT_RECORD, record, MEMORY_RECORD);
	put32(bytes + AT_CRC, service_crc32(bytes, AT_CRC));
	return nvm->write(nvm->port, slot, bytes) && nvm->read(nvm->port, slot, back) &&
	       memcmp(bytes, back, sizeof(back)) == 0;
}
