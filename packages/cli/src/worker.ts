/** `httpd-express/worker`, for apps. */
export * from '@httpd-express/worker/api';
