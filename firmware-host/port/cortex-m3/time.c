/* SysTick counts milliseconds; the watchdog starts the device anew when the loop stands still. */
#include "firmware-host/port/cortex-m3/port.h"
#include "firmware-host/port/cortex-m3/registers.h"

static volatile uint32_t milliseconds;

void systick_interrupt(void);

void systick_interrupt(void)
{
	milliseconds++;
	uart_tick();
}

static uint32_t now_ms(void *port)
{
	(void)port;
	return milliseconds;
}

/* Its first time-out is an interrupt, which nobody takes, the second the reset. */
static void feed_watchdog(void *port)
{
	enum { INTERRUPT = 1, RESET = 2, KEY = 0x1acce551 };

	(void)port;
	WATCHDOG_LOCK = KEY;
	WATCHDOG_LOAD = PORT_CLOCK_HZ / 1000 * HAL_WATCHDOG_MS / 2;
	WATCHDOG_ICR = 1;
	WATCHDOG_CTL = INTERRUPT | RESET;
	WATCHDOG_LOCK = 1;
}

const struct hal_time port_time = {now_ms, feed_watchdog, NULL};

void port_wait(void)
{
	__asm__ volatile("wfi");
}

static void start_time(void)
{
	enum { ENABLE = 1, INTERRUPT = 2, PROCESSOR_CLOCK = 4, WATCHDOG = 1 << 3 };

	SYST_RVR = PORT_CLOCK_HZ / 1000 - 1;
	SYST_CVR = 0;
	SYST_CSR = ENABLE | INTERRUPT | PROCESSOR_CLOCK;
	SYSCTL_RCGC0 |= WATCHDOG;
	(void)SYSCTL_RCGC0;
	feed_watchdog(NULL);
}

/* Programmed by the maker, three bytes each; FF when not. */
static void read_serial(uint8_t ret[SERVICE_SERIAL])
{
	const uint32_t low = SYSCTL_USER0, high = SYSCTL_USER1;

	for (int i = 0; i < 3; i++) {
		ret[i] = (uint8_t)(low >> 8 * i);
		ret[3 + i] = (uint8_t)(high >> 8 * i);
	}
}

_Noreturn void port_run(const struct port_image *image)
{
	static struct device device;
	static struct device_hal hal;
	static struct loop loop;

	start_time();
	uart_init();
	eeprom_init();
	keys_init();
	hal = (struct device_hal){.line = {uart_send, &port_line},
				  .set_baud = uart_set_baud,
				  .baud_port = &port_line,
				  .nvm = {eeprom_read, eeprom_write, NULL}};
	read_serial(hal.serial);
	loop = (struct loop){.device = &device,
			     .line = {uart_take, &port_line},
			     .time = &port_time,
			     .keys = image->keys};
	if (image->attach)
		image->attach(&device, &hal, &loop);
	device_start(&device, image->kind, image->state, &hal, now_ms(NULL));
	if (image->greet)
		image->greet();
	for (;;) {
		loop_step(&loop);
		port_wait();
	}
}
