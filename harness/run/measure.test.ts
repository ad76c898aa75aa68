import { register } from '../../scenarios/register';
import { defineScenario } from '../../scenarios/scenario';
import { measure } from './measure';

test('a scenario that needs a box that the lab does not have is refused before anything starts', async () => {
  const visit = defineScenario({ ...register, id: 'visit', needs: ['pcscf', 'web-site'] });
  await expect(measure({ scenarios: [visit], firewalls: ['0'] }).result).rejects.toMatchObject({
    code: 'INVALID_BOX',
    message:
      'no box is of the kind web-site; there is pcscf, hss, ims-core, scc-as, turn, peer, firewall, ue, proxy',
  });
});
