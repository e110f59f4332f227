/* The probe on UART1, and what it can do with this board only. */
#include <string.h>

#include "firmware-host/port/cortex-m3/port.h"
#include "firmware-host/port/cortex-m3/registers.h"

static struct probe probe;

static void say_stacks(void)
{
	struct port_stacks stacks;
	const uint32_t *const numbers[] = {&stacks.used, &stacks.size, &stacks.interrupt_used,
					   &stacks.interrupt_size};

	port_stacks(&stacks);
	probe_say(&probe, "stacks");
	for (int i = 0; i < 4; i++) {
		probe_say(&probe, " ");
		probe_say_number(&probe, *numbers[i]);
	}
	probe_say(&probe, "\n");
}

/* How far the watchdog, which counts the processor's clock, gets in 100 ms of SysTick. */
static void say_clock(void)
{
	uint32_t begin = port_time.now_ms(NULL), cycles;

	while (port_time.now_ms(NULL) == begin)
		;
	port_time.feed_watchdog(NULL);
	cycles = WATCHDOG_VALUE;
	while (port_time.now_ms(NULL) - begin < 101)
		;
	cycles -= WATCHDOG_VALUE;
	probe_say(&probe, "cycles ");
	probe_say_number(&probe, cycles);
	probe_say(&probe, "\n");
}

static uint32_t sink;

/* Deeper and deeper, until the stack has left the memory. */
static uint32_t dig(uint32_t depth)
{
	volatile uint32_t room[16];

	room[depth % 16] = depth;
	sink = depth;
	return depth == UINT32_MAX ? 0 : dig(depth + 1) + room[depth % 16];
}

static bool extra(struct probe *asked, const char *command)
{
	(void)asked;
	if (strcmp(command, "stacks") == 0) {
		say_stacks();
	} else if (strcmp(command, "clock") == 0) {
		say_clock();
	} else if (strcmp(command, "reset") == 0) {
		port_restart();
	} else if (strcmp(command, "hang") == 0) {
		for (;;)
			;
	} else if (strcmp(command, "fault") == 0) {
		__asm__ volatile("udf #0");
	} else if (strcmp(command, "dig") == 0) {
		sink = dig(0);
	} else {
		return false;
	}
	return true;
}

void probe_port_attach(struct device *device, struct device_hal *hal, struct loop *loop)
{
	probe = (struct probe){.device = device,
			       .uart = {uart_send, &port_probe},
			       .received = {uart_take, &port_probe},
			       .time = &port_time,
			       .extra = extra};
	probe_attach(&probe, hal, loop);
}

void probe_port_greet(void)
{
	const struct port_fault *fault = port_take_fault();

	if (fault) {
		probe_say(&probe, "fault pc ");
		probe_say_hex(&probe, fault->pc);
		probe_say(&probe, " cfsr ");
		probe_say_hex(&probe, fault->cfsr);
		probe_say(&probe, "\n");
	}
	probe_greet(&probe);
}
