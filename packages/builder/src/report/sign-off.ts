import type { Page } from './context.ts'
import { type Html, html } from './html.ts'

/** To be filled in on the screen or on paper. Nothing is sent anywhere: the page has no form and no script. */
export function signOff({ say }: Page): Html {
  const field = (title: string): Html => html`<label><span>${title}</span><input type="text"></label>`
  const choice = (title: string): Html =>
    html`<label class="choice"><input type="radio" name="decision"> ${title}</label>`
  return html`<section class="sign-off"><h2>${say('signOff')}</h2><p class="note">${say('signOffNote')}</p>
<fieldset><legend>${say('decision')}</legend>${[
    choice(say('approved')),
    choice(say('conditional')),
    choice(say('rejected')),
  ]}</fieldset>
<label><span>${say('remarks')}</span><textarea rows="3"></textarea></label>
<div class="fields">${[field(say('yourName')), field(say('date')), field(say('handSignature'))]}</div></section>
`
}
