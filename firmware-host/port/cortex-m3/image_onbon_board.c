/* The image of a board with an Onbon card: PORT_ATTACH and PORT_GREET come from the build, NULL or
 * the probe's.
 */
#include "firmware-host/app/board_onbon.h"
#include "firmware-host/port/cortex-m3/port.h"

int main(void);

int main(void)
{
	static struct onbon_board board;

	port_run(&(struct port_image){.kind = &device_onbon_board,
				      .state = &board,
				      .attach = PORT_ATTACH,
				      .greet = PORT_GREET});
}
