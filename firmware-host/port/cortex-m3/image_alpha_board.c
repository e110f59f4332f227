/* The image of a board with the Alpha protocol: PORT_ATTACH and PORT_GREET come from the build,
 * NULL or the probe's.
 */
#include "firmware-host/app/board_alpha.h"
#include "firmware-host/port/cortex-m3/port.h"

int main(void);

int main(void)
{
	static struct alpha_board board;

	port_run(&(struct port_image){.kind = &device_alpha_board,
				      .state = &board,
				      .attach = PORT_ATTACH,
				      .greet = PORT_GREET});
}
