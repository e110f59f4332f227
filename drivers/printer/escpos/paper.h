/* What the encoder has to know of a model. */
#pragma once

#include "drivers/driver.h"
#include "drivers/printer/escpos/protocol.h"

/* Automatic status is off: whoever reads the answers switches it on. */
struct escpos_paper escpos_paper_of(const struct device_model *model);
