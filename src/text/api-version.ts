/** The apiVersion of all objects that -o json and -o yaml print. */
export const apiVersion = 'kubeletaccess/v1alpha1';
