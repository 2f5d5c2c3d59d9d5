// Must be evaluated before uvu: otherwise it starts every suite a second time, by itself.
(globalThis as { UVU_DEFER?: number }).UVU_DEFER = 1;
