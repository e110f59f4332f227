/* The image of a lihe board: PORT_ATTACH and PORT_GREET come from the build, NULL or the probe's.
 */
#include "firmware-host/app/board.h"
#include "firmware-host/port/cortex-m3/port.h"

int main(void);

int main(void)
{
	static struct board board;

	port_run(&(struct port_image){.kind = &device_lihe_board,
				      .state = &board,
				      .attach = PORT_ATTACH,
				      .greet = PORT_GREET});
}
