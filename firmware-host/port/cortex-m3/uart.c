/* UART0 is the device's line, RS-485 with its driver switched by PB0; UART1 is the probe. Both are
 * PL011: received by interrupt, sent by interrupt, a ring each way. */
#include "firmware-host/port/cortex-m3/port.h"
#include "firmware-host/port/cortex-m3/registers.h"

enum {
	RING = 256,
	BUSY = 1 << 3,
	RX_EMPTY = 1 << 4,
	TX_FULL = 1 << 5,
	RX_INTERRUPT = 1 << 4,
	TX_INTERRUPT = 1 << 5,
	RX_TIMEOUT = 1 << 6,
	DAMAGED = 0xf00, /* overrun, break, parity, framing */
	DRIVER_PIN = 1,
};

struct ring {
	uint8_t bytes[RING];
	volatile uint16_t put, taken; /* free-running */
};

struct port_uart {
	uint32_t base;
	bool drives; /* has a bus driver to switch */
	struct ring in, out;
};

struct port_uart port_line, port_probe;

void uart_line_interrupt(void);
void uart_probe_interrupt(void);

static uint16_t used(const struct ring *ring)
{
	return (uint16_t)(ring->put - ring->taken);
}

static uint32_t lock(void)
{
	uint32_t before;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
	return before;
}

static void unlock(uint32_t before)
{
	__asm__ volatile("msr primask, %0" : : "r"(before) : "memory");
}

/* With interrupts off. */
static void fill(struct port_uart *uart)
{
	while (used(&uart->out) && !(UART_FR(uart->base) & TX_FULL)) {
		UART_DR(uart->base) = uart->out.bytes[uart->out.taken % RING];
		uart->out.taken++;
	}
}

/* A byte that came damaged is left out: the frame it was in fails its checksum. So does one for
 * which there is no room. */
static void on_interrupt(struct port_uart *uart)
{
	UART_ICR(uart->base) = RX_INTERRUPT | TX_INTERRUPT | RX_TIMEOUT;
	while (!(UART_FR(uart->base) & RX_EMPTY)) {
		uint32_t received = UART_DR(uart->base);

		if (received & DAMAGED || used(&uart->in) == RING)
			continue;
		uart->in.bytes[uart->in.put % RING] = (uint8_t)received;
		uart->in.put++;
	}
	fill(uart);
}

void uart_line_interrupt(void)
{
	on_interrupt(&port_line);
}

void uart_probe_interrupt(void)
{
	on_interrupt(&port_probe);
}

int uart_take(void *port)
{
	struct port_uart *uart = port;
	int byte;

	if (!used(&uart->in))
		return -1;
	byte = uart->in.bytes[uart->in.taken % RING];
	uart->in.taken++;
	return byte;
}

void uart_send(void *port, const uint8_t *bytes, size_t len)
{
	struct port_uart *uart = port;

	if (uart->drives)
		GPIO_DATA(GPIO_B, DRIVER_PIN) = DRIVER_PIN;
	while (len > 0) {
		uint32_t before = lock();

		while (len > 0 && used(&uart->out) < RING) {
			uart->out.bytes[uart->out.put % RING] = *bytes++;
			uart->out.put++;
			len--;
		}
		fill(uart);
		unlock(before);
	}
}

void uart_drain(void *port)
{
	struct port_uart *uart = port;

	while (used(&uart->out) || UART_FR(uart->base) & BUSY)
		;
}

void uart_tick(void)
{
	if (!used(&port_line.out) && !(UART_FR(port_line.base) & BUSY))
		GPIO_DATA(GPIO_B, DRIVER_PIN) = 0;
}

/* 8N1, FIFOs on, 16 * baud divided with six bits behind the point. What is still to be sent goes
 * out at the old speed. */
void uart_set_baud(void *port, uint32_t baud)
{
	enum { EIGHT_BITS = 3 << 5, FIFO = 1 << 4, ON = 1 | 1 << 8 | 1 << 9 };
	struct port_uart *uart = port;
	uint32_t divisor = (PORT_CLOCK_HZ * 4u + baud / 2) / baud;

	uart_drain(uart);
	UART_CTL(uart->base) = 0;
	UART_IBRD(uart->base) = divisor / 64;
	UART_FBRD(uart->base) = divisor % 64;
	UART_LCRH(uart->base) = EIGHT_BITS | FIFO;
	UART_IFLS(uart->base) = 0; /* an interrupt at an eighth each way */
	UART_IM(uart->base) = RX_INTERRUPT | TX_INTERRUPT | RX_TIMEOUT;
	UART_CTL(uart->base) = ON;
}

void uart_init(void)
{
	enum { BOTH_UARTS = 3, PORTS_A_B_D = 1 | 2 | 8, PINS_0_1 = 3, PINS_2_3 = 12 };

	port_line.base = UART_0;
	port_line.drives = true;
	port_probe.base = UART_1;
	SYSCTL_RCGC1 |= BOTH_UARTS;
	SYSCTL_RCGC2 |= PORTS_A_B_D;
	(void)SYSCTL_RCGC2;
	GPIO_AFSEL(GPIO_A) |= PINS_0_1;
	GPIO_DEN(GPIO_A) |= PINS_0_1;
	GPIO_AFSEL(GPIO_D) |= PINS_2_3;
	GPIO_DEN(GPIO_D) |= PINS_2_3;
	GPIO_DIR(GPIO_B) |= DRIVER_PIN;
	GPIO_DEN(GPIO_B) |= DRIVER_PIN;
	uart_set_baud(&port_probe, 115200);
	NVIC_ISER0 = 1 << 5 | 1 << 6;
}
