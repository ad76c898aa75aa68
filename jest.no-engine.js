/**
 * Hides the machine's Docker Engine from the tests that need none. What others have in it, such as labs of tests that run at
 * the same time, is so no part of what is tested.
 */
process.env.DOCKER_HOST = 'unix:///nowhere/docker.sock';
