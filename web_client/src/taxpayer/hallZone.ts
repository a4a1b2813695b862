/** The zone of the halls, for what carries no hall of its own (a closed case, the greeting). */
export const HALL_ZONE = 'Asia/Shanghai'
