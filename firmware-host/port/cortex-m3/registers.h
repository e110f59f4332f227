/* Registers of the LM3S6965 that are used here, by the names of its data sheet (Texas Instruments,
 * SPMS045) and, below E000E000, of the ARMv7-M manual. */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* system control */
#define SYSCTL_RIS   REGISTER(0x400fe050)
#define SYSCTL_RCC   REGISTER(0x400fe060)
#define SYSCTL_RCGC0 REGISTER(0x400fe100)
#define SYSCTL_RCGC1 REGISTER(0x400fe104)
#define SYSCTL_RCGC2 REGISTER(0x400fe108)
#define SYSCTL_USER0 REGISTER(0x400fe1e0)
#define SYSCTL_USER1 REGISTER(0x400fe1e4)

/* watchdog */
#define WATCHDOG_LOAD  REGISTER(0x40000000)
#define WATCHDOG_VALUE REGISTER(0x40000004)
#define WATCHDOG_CTL   REGISTER(0x40000008)
#define WATCHDOG_ICR   REGISTER(0x4000000c)
#define WATCHDOG_LOCK  REGISTER(0x40000c00)

/* general purpose pins */
enum {
	GPIO_A = 0x40004000,
	GPIO_B = 0x40005000,
	GPIO_D = 0x40007000,
	GPIO_E = 0x40024000,
	GPIO_F = 0x40025000,
};
#define GPIO_DATA(base, mask) REGISTER((base) + ((mask) << 2))
#define GPIO_DIR(base)	      REGISTER((base) + 0x400)
#define GPIO_AFSEL(base)      REGISTER((base) + 0x420)
#define GPIO_ODR(base)	      REGISTER((base) + 0x50c)
#define GPIO_PUR(base)	      REGISTER((base) + 0x510)
#define GPIO_DEN(base)	      REGISTER((base) + 0x51c)

/* serial ports */
enum { UART_0 = 0x4000c000, UART_1 = 0x4000d000 };
#define UART_DR(base)	REGISTER((base) + 0x00)
#define UART_FR(base)	REGISTER((base) + 0x18)
#define UART_IBRD(base) REGISTER((base) + 0x24)
#define UART_FBRD(base) REGISTER((base) + 0x28)
#define UART_LCRH(base) REGISTER((base) + 0x2c)
#define UART_CTL(base)	REGISTER((base) + 0x30)
#define UART_IFLS(base) REGISTER((base) + 0x34)
#define UART_IM(base)	REGISTER((base) + 0x38)
#define UART_ICR(base)	REGISTER((base) + 0x44)

/* I2C master 0 */
#define I2C_MSA	 REGISTER(0x40020000)
#define I2C_MCS	 REGISTER(0x40020004)
#define I2C_MDR	 REGISTER(0x40020008)
#define I2C_MTPR REGISTER(0x4002000c)
#define I2C_MCR	 REGISTER(0x40020020)

/* the core */
#define SYST_CSR   REGISTER(0xe000e010)
#define SYST_RVR   REGISTER(0xe000e014)
#define SYST_CVR   REGISTER(0xe000e018)
#define NVIC_ISER0 REGISTER(0xe000e100)
#define SCB_AIRCR  REGISTER(0xe000ed0c)
#define SCB_CFSR   REGISTER(0xe000ed28)
#define SCB_HFSR   REGISTER(0xe000ed2c)
