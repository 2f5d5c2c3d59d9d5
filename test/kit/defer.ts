// Must be set before uvu is loaded: otherwise uvu runs every suite a second time.
(globalThis as { UVU_DEFER?: number }).UVU_DEFER = 1;
