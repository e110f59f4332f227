/* The board lm3s6965evb: what its firmware images are made of besides the device. */
#pragma once

#include "firmware-host/app/device.h"
#include "firmware-host/app/loop.h"
#include "firmware-host/app/probe.h"

enum { PORT_CLOCK_HZ = 50000000 };

/* What was kept of a fault over the reset that it caused. */
struct port_fault {
	uint32_t magic, pc, lr, cfsr, hfsr;
};

/* Bytes of the main loop's stack and of the interrupts', and how many of them were ever used. */
struct port_stacks {
	uint32_t size, used, interrupt_size, interrupt_used;
};

struct port_uart;
extern struct port_uart port_line, port_probe;

void uart_init(void);
void uart_set_baud(void *port, uint32_t baud);
void uart_send(void *port, const uint8_t *bytes, size_t len);
int uart_take(void *port);
void uart_tick(void); /* each millisecond: turns the bus driver off behind the last byte */
void uart_drain(void *port);

void eeprom_init(void);
bool eeprom_read(void *port, unsigned slot, uint8_t ret[HAL_NVM_SLOT]);
bool eeprom_write(void *port, unsigned slot, const uint8_t bytes[HAL_NVM_SLOT]);

void keys_init(void);
void keys_scan(struct device *device, uint32_t now_ms);

extern const struct hal_time port_time;
void port_wait(void); /* until the next interrupt */
_Noreturn void port_restart(void);
void port_stacks(struct port_stacks *ret);
/* NULL: the last start came of no fault. Told once. */
const struct port_fault *port_take_fault(void);

/* The image's device; the probe, where there is one, gets between it and the hardware. */
struct port_image {
	const struct device_kind *kind;
	void *state;
	void (*keys)(struct device *device, uint32_t now_ms); /* NULL: it has none */
	void (*attach)(struct device *device, struct device_hal *hal, struct loop *loop);
	void (*greet)(void);
};
_Noreturn void port_run(const struct port_image *image);
void probe_port_attach(struct device *device, struct device_hal *hal, struct loop *loop);
void probe_port_greet(void);
