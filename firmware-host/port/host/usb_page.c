/* What the page tells of the USB plugs, and their switches. */
#include "firmware-host/port/host/usb_page.h"

#include <string.h>

static json_t *after_json(bool has, uint64_t at, uint64_t taken)
{
	return has ? json_integer((json_int_t)(at > taken ? at - taken : 0)) : json_null();
}

static json_t *plug_json(const struct usbip *usbip, const struct usb_plug *plug, size_t index)
{
	static const char *const kinds[USB_PLUG_KINDS] = {"two-way", "one-way", "vendor", "no-out"};
	char bus_id[32], ids[16];

	snprintf(bus_id, sizeof(bus_id), "1-%zu", index + 1);
	snprintf(ids, sizeof(ids), "%04x:%04x", plug->settings.vendor, plug->settings.product);
	return json_pack("{sssssssssbsbsIsososbsbsIsIsIsI}", "bus_id", bus_id, "kind",
			 kinds[plug->settings.kind], "device", ids, "serial", plug->settings.serial,
			 "unplugged", plug->unplugged, "imported", usbip_is_imported(usbip, plug),
			 "taken", (json_int_t)plug->taken, "stall_after",
			 after_json(plug->has_stall_at, plug->stall_at, plug->taken),
			 "unplug_after",
			 after_json(plug->has_unplug_at, plug->unplug_at, plug->taken),
			 "out_halted", plug->out_halted, "in_halted", plug->in_halted, "stalls",
			 (json_int_t)plug->stalls, "soft_resets", (json_int_t)plug->soft_resets,
			 "control_requests", (json_int_t)plug->control_requests, "lost_answers",
			 (json_int_t)plug->lost_answers);
}

json_t *usb_page_plugs(const struct usb_printers *usb)
{
	json_t *plugs = json_array();

	for (size_t i = 0; i < usb->count; i++)
		json_array_append_new(plugs, plug_json(&usb->usbip, &usb->printers[i].plug, i));
	return json_pack("{sssisIsIssso}", "address", usb->usbip.address, "port",
			 (int)usb->usbip.port, "imports", (json_int_t)usb->usbip.imports, "refused",
			 (json_int_t)usb->usbip.refused, "refusal", usb->usbip.refusal, "plugs",
			 plugs);
}

/* A number of bytes from now on, or null for never; false if it is anything else. */
static bool take_after(const json_t *body, const char *key, uint64_t taken, bool *ret_has,
		       uint64_t *ret_at)
{
	const json_t *value = json_object_get(body, key);

	if (!value)
		return true;
	*ret_has = json_is_integer(value);
	if (json_is_null(value))
		return true;
	if (!*ret_has || json_integer_value(value) < 0 || json_integer_value(value) > 1 << 30)
		return false;
	*ret_at = taken + (uint64_t)json_integer_value(value);
	return true;
}

const char *usb_page_faults(struct usb_printer *printer, const json_t *body)
{
	struct usb_plug changed = printer->plug;
	const json_t *unplugged = json_object_get(body, "unplugged");
	const json_t *in_halted = json_object_get(body, "in_halted");

	if ((unplugged && !json_is_boolean(unplugged)) ||
	    (in_halted && !json_is_boolean(in_halted)) ||
	    !take_after(body, "stall_after", changed.taken, &changed.has_stall_at,
			&changed.stall_at) ||
	    !take_after(body, "unplug_after", changed.taken, &changed.has_unplug_at,
			&changed.unplug_at))
		return "allowed: unplugged, in_halted: true or false; stall_after, unplug_after: "
		       "bytes of print data, or null";
	if (unplugged)
		changed.unplugged = json_is_true(unplugged);
	if (in_halted)
		changed.in_halted = json_is_true(in_halted);
	printer->plug = changed;
	return NULL;
}
