/** Patterns of objects, such as `sales.orders_*`: the schema stands in full, so that no pattern covers everything that a role may do. */
export const contentPattern = /^[^\s.*(]+\.[^\s.(]+$/;
