/** Matches names of settings, such as maxPods. Secrets have digits. */
export const settingName = /^[a-z]{1,30}(?:[A-Z]{1,4}[a-z]{0,20}){1,8}$/;
