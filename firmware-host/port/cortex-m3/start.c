/* From reset to main, and what happens when the processor faults: it is written down and the device
 * starts anew. */
#include <string.h>

#include "firmware-host/port/cortex-m3/port.h"
#include "firmware-host/port/cortex-m3/registers.h"

enum { PAINT = 0xa5a5a5a5u, FAULT_MAGIC = 0x0ff0fa17 };

/* of the linker script */
extern uint32_t stack_bottom[], stack_top[], interrupt_stack_top[], data_start[], data_end[],
	data_source[], bss_start[], bss_end[];

static struct port_fault fault __attribute__((section(".noinit")));

int main(void);
_Noreturn void port_reset(void);
_Noreturn void port_fault(const uint32_t *frame);
void port_fault_entry(void);
void systick_interrupt(void);
void uart_line_interrupt(void);
void uart_probe_interrupt(void);

static void nothing(void)
{
}

/* Exceptions 1 to 15, then the interrupts up to 6, the second serial port. */
__attribute__((section(".vectors"), used)) static const struct {
	uint32_t *stack;
	void (*handlers[15 + 7])(void);
} vectors = {interrupt_stack_top,
	     {[0] = (void (*)(void))port_reset,
	      [1] = nothing,
	      [2] = port_fault_entry,
	      [3] = port_fault_entry,
	      [4] = port_fault_entry,
	      [5] = port_fault_entry,
	      [10] = nothing,
	      [11] = nothing,
	      [13] = nothing,
	      [14] = systick_interrupt,
	      [15 + 0] = nothing,
	      [15 + 1] = nothing,
	      [15 + 2] = nothing,
	      [15 + 3] = nothing,
	      [15 + 4] = nothing,
	      [15 + 5] = uart_line_interrupt,
	      [15 + 6] = uart_probe_interrupt}};

/* A crystal of 8 MHz, the PLL's 200 MHz divided by 4. */
static void start_clock(void)
{
	enum {
		SYSDIV_4 = 3 << 23,
		USESYSDIV = 1 << 22,
		PWRDN = 1 << 13,
		BYPASS = 1 << 11,
		XTAL_8 = 0xe << 6,
		PLL_LOCKED = 1 << 6,
	};

	SYSCTL_RCC = BYPASS | PWRDN | XTAL_8;
	SYSCTL_RCC = BYPASS | XTAL_8 | SYSDIV_4 | USESYSDIV;
	while (!(SYSCTL_RIS & PLL_LOCKED))
		;
	SYSCTL_RCC = XTAL_8 | SYSDIV_4 | USESYSDIV;
}

_Noreturn static void start(void)
{
	memcpy(data_start, data_source, (size_t)((char *)data_end - (char *)data_start));
	memset(bss_start, 0, (size_t)((char *)bss_end - (char *)bss_start));
	start_clock();
	main();
	port_restart();
}

/* Both stacks are painted up to the few words in use here; then the main loop gets its own. */
_Noreturn void port_reset(void)
{
	volatile uint32_t *here = __builtin_frame_address(0);

	for (volatile uint32_t *at = stack_bottom; at < here - 16; at++)
		*at = PAINT;
	__asm__ volatile("msr psp, %0\n\t"
			 "mov r0, #2\n\t"
			 "msr control, r0\n\t"
			 "isb"
			 :
			 : "r"(stack_top)
			 : "r0", "memory");
	start();
}

static uint32_t used(const uint32_t *bottom, const uint32_t *top)
{
	const uint32_t *at = bottom;

	while (at < top && *at == PAINT)
		at++;
	return (uint32_t)((const char *)top - (const char *)at);
}

void port_stacks(struct port_stacks *ret)
{
	ret->size = (uint32_t)((char *)stack_top - (char *)stack_bottom);
	ret->used = used(stack_bottom, stack_top);
	ret->interrupt_size = (uint32_t)((char *)interrupt_stack_top - (char *)stack_top);
	ret->interrupt_used = used(stack_top, interrupt_stack_top);
}

_Noreturn void port_restart(void)
{
	SCB_AIRCR = 0x05fa0004;
	for (;;)
		;
}

/* Stacked by the processor: r0 to r3, r12, lr, pc, psr. When the stack itself was the fault,
 * nothing is. */
_Noreturn void port_fault(const uint32_t *frame)
{
	bool stacked = frame >= stack_bottom && frame + 8 <= interrupt_stack_top;

	fault = (struct port_fault){FAULT_MAGIC, stacked ? frame[6] : 0, stacked ? frame[5] : 0,
				    SCB_CFSR, SCB_HFSR};
	port_restart();
}

__attribute__((naked)) void port_fault_entry(void)
{
	__asm__("tst lr, #4\n\t"
		"ite eq\n\t"
		"mrseq r0, msp\n\t"
		"mrsne r0, psp\n\t"
		"b port_fault\n");
}

const struct port_fault *port_take_fault(void)
{
	if (fault.magic != FAULT_MAGIC)
		return NULL;
	fault.magic = 0;
	return &fault;
}
