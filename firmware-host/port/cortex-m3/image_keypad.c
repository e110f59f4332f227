/* The image of a keypad: PORT_ATTACH and PORT_GREET come from the build, NULL or the probe's. */
#include "firmware-host/app/keypad.h"
#include "firmware-host/port/cortex-m3/port.h"

int main(void);

int main(void)
{
	static struct keypad keypad;

	port_run(&(struct port_image){.kind = &device_keypad,
				      .state = &keypad,
				      .keys = keys_scan,
				      .attach = PORT_ATTACH,
				      .greet = PORT_GREET});
}
