/* The image of a modbus board: PORT_ATTACH and PORT_GREET come from the build, NULL or the probe's.
 */
#include "firmware-host/app/board_modbus.h"
#include "firmware-host/port/cortex-m3/port.h"

int main(void);

int main(void)
{
	static struct board_modbus board;

	port_run(&(struct port_image){.kind = &device_modbus_board,
				      .state = &board,
				      .attach = PORT_ATTACH,
				      .greet = PORT_GREET});
}
