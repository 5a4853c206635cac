"""Choosing who talks, and how: the part of the live screen that comes before a call."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from vcg_tui.errors import VcgError
from vcg_tui.models.role import Role
from vcg_tui.tui.folders import shown_path
from vcg_tui.tui.messages import PersonaHighlighted, PersonaPicked
from vcg_tui.tui.screens.listening import ListeningScreen
from vcg_tui.tui.widgets.persona_card import PersonaCard
from vcg_tui.tui.widgets.persona_picker import PersonaPicker

if TYPE_CHECKING:
    from vcg_tui.models.persona import AnyPersona, CustomerPersona, SupportPersona
    from vcg_tui.tui.backstage import Backstage
    from vcg_tui.tui.wishes import CallWishes


class CastingScreen(ListeningScreen):
    """Two lists and a card; whoever inherits composes ``#customers``, ``#support`` and ``#card``."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self.customer: CustomerPersona | None = None
        """Picked for the next call."""
        self.support: SupportPersona | None = None
        self._previewing = False

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether a call is being made."""

    def first_personas(self) -> None:
        """Fill the lists, unless they were filled before."""
        if self.customer is None or self.support is None:
            self.show_personas()

    def show_personas(self) -> None:
        """Fill the lists with what there is now; the picked ones stay picked."""
        from vcg_tui.services.pairing import choose_pair, new_seed

        personas, remembered = self.backstage.personas, self.backstage.remembered
        customer = self.customer.id if self.customer else remembered.customer
        support = self.support.id if self.support else remembered.support
        self.customer, self.support = choose_pair(
            personas,
            new_seed(),
            customer if any(each.id == customer for each in personas.customers) else None,
            support if any(each.id == support for each in personas.supports) else None,
        )
        # the customers last: the card shows whose list moved last
        self.query_one("#support", PersonaPicker).show(personas.supports, self.support.id)
        self.query_one("#customers", PersonaPicker).show(personas.customers, self.customer.id)
        self.query_one("#card", PersonaCard).persona = self.customer
        self.show_player()
        if problems := personas.problems:
            more = f" (and {len(problems) - 1} more: vcg personas validate)" if len(problems) > 1 else ""
            title = "A persona was left out"
            first = problems[0]
            told = ": ".join(part for part in (shown_path(first.path), first.field, first.problem) if part)
            self.notify(f"{told}{more}", title=title, severity="warning", timeout=10)
        self.tell_of_memory()

    def on_persona_highlighted(self, message: PersonaHighlighted) -> None:
        """Show the persona's card; somebody is choosing, so that a call may be near."""
        self.query_one("#card", PersonaCard).persona = message.persona
        self.keep_warm()

    def keep_warm(self) -> None:
        """Open again what was closed while nobody chose, unless a call keeps it open."""
        if self.backstage.cooled and not self.busy:
            self.run_worker(self.backstage.warm(), group="warm")

    def on_persona_picked(self, message: PersonaPicked) -> None:
        """Take the persona for the next call."""
        self._pick(message.persona)

    def _pick(self, persona: AnyPersona) -> None:
        if persona.role is Role.CUSTOMER:
            self.customer = persona
        else:
            self.support = persona
        if self.customer is not None and self.support is not None:
            self.backstage.remembered.pick(customer=self.customer.id, support=self.support.id)
            self.remember()

    def action_random_pair(self) -> None:
        """Pick two personas by chance, an agent whose desk deals with what the customer is after."""
        from vcg_tui.services.pairing import choose_pair, new_seed

        customer, support = choose_pair(self.backstage.personas, new_seed(), None, None)
        for name, chosen in (("support", support), ("customers", customer)):
            self.query_one(f"#{name}", PersonaPicker).pick(chosen)
            self._pick(chosen)
        self.query_one("#card", PersonaCard).persona = self.customer

    # ------------------------------------------------------------------ a voice, the next call

    def action_preview(self) -> None:
        """Say a line in the highlighted persona's voice."""
        persona = self.query_one("#card", PersonaCard).persona
        if self.busy or self._previewing:
            self.notify("Not while a call is being made." if self.busy else "A voice is being made ready.")
        elif persona is not None:
            self.run_worker(self._say_a_line(persona), group="preview", exclusive=True)

    async def _say_a_line(self, persona: AnyPersona) -> None:
        from vcg_tui.services.preview import say_a_line

        self._previewing = True
        try:
            line, voice, speech = await say_a_line(persona, self.backstage.studio.providers.tts)
            if self.busy:
                return  # a call was begun meanwhile: the player is its own
            player = await self.backstage.open_player()
            self.notify(line, title=f"{persona.name}, voice {voice.name}")
            player.begin_call()
            player.feed(0, 1, speech.pcm)
            player.finish()
            self.show_player()
        except VcgError as error:
            self.notify(str(error), title="No voice", severity="error", timeout=10)
        finally:
            self._previewing = False

    def action_call_settings(self) -> None:
        """Set the next call."""
        if self.busy:
            self.notify(self.backstage.told("Not while a call is being made. {stop-call} stops it."))
            return
        from vcg_tui.services.provider_factory import known
        from vcg_tui.tui.screens.call_dialog import CallDialog
        from vcg_tui.tui.wishes import wishes_of

        wishes, own = wishes_of(self.backstage.settings), wishes_of(self.backstage.own)

        async def take(wanted: CallWishes | None) -> None:
            if wanted is None or wanted == wishes:
                return
            try:
                await self.backstage.wish(wanted)
            except VcgError as error:
                self.notify(str(error), title="The next call", severity="error", timeout=10)
            self.show_player()
            self.remember()

        pair = [persona for persona in (self.customer, self.support) if persona is not None]
        self.app.push_screen(CallDialog(wishes, own, pair, known("llm"), known("tts")), take)
