/* A driver that does nothing, to be copied: every function there has to be, with what it owes to
 * its caller. It compiles with every build, so it cannot grow stale. The text in driver.h is the
 * law; the comments here say what beginners get wrong. README.md one folder up tells the steps.
 *
 * It drives a printer because that class has a link of its own and so shows the most calls. A board
 * or a keypad (LINK_LINE) leaves out received, progress and sent, and has next and ended instead.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"

extern const struct driver skeleton_driver;

/* Everything the driver knows lies here: no statics, a hall may have several of the kind. */
struct device {
	const struct driver_host *host;
	void *user;
	const struct device_model *model;
	bool up;
	int64_t job; /* 0: none */
};

/* A model is data. A new one of the same family is a row here and a line in the tests. */
static const struct device_model models[] = {
	{
		.name = "none",
		.description = "no device: takes no jobs",
		.u.printer = {.width_dots = 576, .columns = 48},
	},
};

/* Only matches what is known of the device; asks nothing. Not mine is -ENODEV and no other value.
 */
static int probe(const struct device_identity *identity)
{
	return strcmp(identity->driver, skeleton_driver.name) == 0 ? 0 : -ENODEV;
}

/* Settings are "key=value" lines of the configuration. One that is not known is an error with a
 * sentence, never ignored: it is a typing error in somebody's hall. ret_device is only set when all
 * went well. */
static int create(struct device **ret_device, const struct device_options *options,
		  const struct driver_host *host, void *user, char *ret_error, size_t error_size)
{
	struct device *device;

	if (options->setting_count > 0) {
		snprintf(ret_error, error_size, "%s: there is no setting \"%s\"", options->name,
			 options->settings[0]);
		return -EINVAL;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->host = host;
	device->user = user;
	device->model = options->model;
	*ret_device = device;
	return 0;
}

/* Also of NULL and of what create left half made. No upward calls from here. */
static void remove_device(struct device *device)
{
	free(device);
}

/* The document is valid during this call only: encode it now. When the device is not ready return
 * -EAGAIN and send nothing: the spooler then still knows that nothing was printed. */
static int submit(struct device *device, const struct device_job *job, int64_t now_us)
{
	(void)now_us;
	if (job->kind != JOB_PRINT)
		return -EOPNOTSUPP;
	if (device->job != 0)
		return -EBUSY;
	return -EAGAIN;
}

/* When tick() has something to do. Whenever it becomes another one, call host->changed. */
static int64_t deadline(const struct device *device)
{
	(void)device;
	return DRIVER_NO_DEADLINE;
}

/* May come too early: compare. */
static void tick(struct device *device, int64_t now_us)
{
	(void)device, (void)now_us;
}

/* Begin to identify the device here. Bytes that wait from before are not answers to you. */
static void link_up(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = true;
	device->host->health(device->user, HEALTH_WARNING, "a skeleton prints nothing");
}

/* Comes also when the link was not up. A job in flight ends as RESULT_UNKNOWN, unless its proof has
 * come before; it is never sent again. Tell HEALTH_GONE. Settle all state before upward calls: they
 * may call back. */
static void link_down(struct device *device, int64_t now_us)
{
	(void)now_us;
	device->up = false;
	device->host->health(device->user, HEALTH_GONE, "");
}

/* Any bytes, in any pieces, at any time; never trust a length among them. */
static void received(struct device *device, const uint8_t *bytes, size_t len, int64_t now_us)
{
	(void)device, (void)bytes, (void)len, (void)now_us;
}

/* So many more bytes were taken: the device lives. */
static void progress(struct device *device, size_t bytes, int64_t now_us)
{
	(void)device, (void)bytes, (void)now_us;
}

/* The last host->send ended; the next may follow. An error says nothing of how much arrived. */
static void sent(struct device *device, int status, int64_t now_us)
{
	(void)device, (void)status, (void)now_us;
}

const struct driver skeleton_driver = {
	.name = "skeleton",
	.description = "Does nothing; shows how a driver is made",
	.class = DEVICE_PRINTER,
	.link = LINK_OWN,
	.maturity = MATURITY_SKELETON,
	.models = models,
	.model_count = sizeof(models) / sizeof(models[0]),
	.probe = probe,
	.create = create,
	.remove = remove_device,
	.submit = submit,
	.deadline = deadline,
	.tick = tick,
	.link_up = link_up,
	.link_down = link_down,
	.received = received,
	.progress = progress,
	.sent = sent,
};
