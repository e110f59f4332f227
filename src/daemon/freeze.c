/* A baseline's facts are read from months of the log: a worker does that, with a reader of its own,
 * while the hall goes on. One at a time. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include "src/daemon/private.h"

static bool go_on(void *user)
{
	struct freezing *freezing = user;

	return !atomic_load(&freezing->stop);
}

static void compute(uv_work_t *work)
{
	struct daemon *daemon = work->data;
	struct freezing *freezing = &daemon->freezing;
	struct store_reader *reader = NULL;
	int r;

	r = store_reader_open(&reader, daemon->config->log_path, freezing->detail);
	if (r == 0)
		r = baseline_compute(reader, &freezing->request, &freezing->facts,
				     freezing->detail);
	store_reader_close(reader);
	freezing->outcome = r;
}

static void on_computed(uv_work_t *work, int status)
{
	struct daemon *daemon = work->data;
	struct freezing *freezing = &daemon->freezing;

	freezing->running = false;
	if (status == UV_ECANCELED)
		freezing->outcome = -ECANCELED;
	if (freezing->outcome == -ECANCELED)
		snprintf(freezing->detail, sizeof(freezing->detail),
			 "守护进程正在结束 the daemon ends");
	freezing->fn(freezing->fn_user, freezing->outcome,
		     freezing->outcome == 0 ? &freezing->facts : NULL, freezing->detail);
	baseline_facts_finish(&freezing->facts);
	malloc_trim(0);
}

int daemon_compute(void *user, const struct baseline_request *request, web_computed_fn fn,
		   void *fn_user)
{
	struct daemon *daemon = user;
	struct freezing *freezing = &daemon->freezing;

	if (freezing->running)
		return -EBUSY;
	freezing->request = *request;
	freezing->request.go_on = go_on;
	freezing->request.user = freezing;
	freezing->facts = (struct baseline_facts){.parts = NULL};
	freezing->detail[0] = '\0';
	freezing->fn = fn;
	freezing->fn_user = fn_user;
	freezing->work.data = daemon;
	freezing->running =
		uv_queue_work(&daemon->loop, &freezing->work, compute, on_computed) == 0;
	return freezing->running ? 0 : -ENOMEM;
}

void daemon_compute_end(struct daemon *daemon)
{
	atomic_store(&daemon->freezing.stop, true);
	if (daemon->freezing.running)
		uv_cancel((uv_req_t *)&daemon->freezing.work);
	while (daemon->freezing.running)
		uv_run(&daemon->loop, UV_RUN_ONCE);
}
