/* What a printer is about to print: the ticket laid out and the desk's copy behind it. It can be
 * done again at any time and gives what the hall is then; pictures that were made are still there.
 */
#include <errno.h>
#include <stdlib.h>

#include "src/devices/draw.h"
#include "src/devices/private.h"

static int lay_out(struct printer_slot *printer, const struct job *job, const struct ticket *ticket,
		   int64_t now_us)
{
	struct devices *devices = printer->slot.owner;
	const struct hall *hall = keeper_hall(devices->keeper);
	const struct device_model *model = printer->slot.model;
	struct devices_templates templates = {0};
	struct layout *layout = printer->layout;
	struct layout_facts facts;
	struct stamp now;
	int r;

	devices->host->stamp(devices->user, &now);
	layout_get_facts(&facts, hall, ticket, now.offset_min,
			 devices->host->ticket_url(devices->user), job->copy);
	if (devices->host->templates)
		devices->host->templates(devices->user, hall, ticket, printer->slot.config->id,
					 job->large, &templates);
	if (!templates.ticket)
		templates.ticket = template_plain();
	layout_begin(layout);
	r = layout_add(layout, templates.ticket, &facts, model->u.printer.columns);
	if (r == 0 && templates.desk)
		r = layout_add(layout, templates.desk, &facts, model->u.printer.columns);
	return r < 0 ? r : draw_layout(layout, model, devices->renderer, now_us);
}

int pages_prepare(struct printer_slot *printer, const struct job *job, int64_t now_us)
{
	const struct hall *hall = keeper_hall(printer->slot.owner->keeper);
	const struct ticket *ticket = hall_find_ticket(hall, job->ticket);

	if (!ticket)
		return -ENOENT;
	if (!printer->layout)
		printer->layout = malloc(sizeof(*printer->layout));
	return printer->layout ? lay_out(printer, job, ticket, now_us) : -ENOMEM;
}
