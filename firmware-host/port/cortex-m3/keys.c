/* The five buttons of the evaluation board, closed when low: a small keypad, or a panel of five.
 * They bounce; the keypad's logic takes that. */
#include "firmware-host/port/cortex-m3/port.h"
#include "firmware-host/port/cortex-m3/registers.h"

enum { BUTTONS = 5, TAKE_A_NUMBER = 32 };

/* up, down, left, right, select: call next, recall, no-show, finish, sign in */
static const struct {
	uint32_t port, pin;
	uint16_t key;
} buttons[BUTTONS] = {{GPIO_E, 1 << 0, 3},
		      {GPIO_E, 1 << 1, 4},
		      {GPIO_E, 1 << 2, 8},
		      {GPIO_E, 1 << 3, 7},
		      {GPIO_F, 1 << 1, 1}};

static bool down[BUTTONS];

static bool is_closed(int i)
{
	return !GPIO_DATA(buttons[i].port, buttons[i].pin);
}

void keys_init(void)
{
	enum { PORTS_E_F = 1 << 4 | 1 << 5 };

	SYSCTL_RCGC2 |= PORTS_E_F;
	(void)SYSCTL_RCGC2;
	for (int i = 0; i < BUTTONS; i++) {
		GPIO_PUR(buttons[i].port) |= buttons[i].pin;
		GPIO_DEN(buttons[i].port) |= buttons[i].pin;
		down[i] = is_closed(i);
	}
}

void keys_scan(struct device *device, uint32_t now_ms)
{
	bool panel = device->settings.kind == SERVICE_PANEL;

	for (int i = 0; i < BUTTONS; i++) {
		bool closed = is_closed(i);

		if (closed == down[i])
			continue;
		down[i] = closed;
		device->kind->contact(device->state, panel ? TAKE_A_NUMBER : buttons[i].key,
				      panel ? (uint16_t)(i + 1) : 0, closed, now_ms);
	}
}
