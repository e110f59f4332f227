/* SQLite's default VFS without its syncs: logs of years are made in minutes, and nobody needs them
 * after a power cut. */
#pragma once

/* Registers it; its name, for store_options. */
const char *unsynced_vfs(void);
