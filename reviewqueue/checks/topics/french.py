"""French rules for the six topics."""

from __future__ import annotations

from reviewqueue.checks.topics.rules import rule

RULES = (
    # A changed go-live date.
    rule(
        "go-live-date",
        "0.85",
        "mise lanc déma basc goli live",
        r"""mise en (?:production|service|ligne)|lancement|démarrage|bascule|go-?live""",
        r"report(?:é|ée|er|ons)\b|décal\w+|retard\w*|repouss\w+|avancé\w*|nouvelle date|au lieu d|"
        r"plus tard que prévu|ne pourr\w+ pas (?:tenir|respecter)",
        unless=r"pas (?:reporté|décalé|repoussé|de retard)\w*|sans retard|inchangé|comme prévu",
    ),
    # An explanation of a scope change.
    rule(
        "scope",
        "0.85",
        "péri fait fera incl prév comp",
        r"périmètre|ne fait (?:plus|pas) partie|ne fera (?:plus|pas) partie|n'est (?:plus|pas) (?:inclus|"
        r"prévu|compris)\w*",
        r"""modifi\w+|rédui\w+|élargi\w*|chang\w+|revu\w*|hors|au-delà|projet|contrat|commande|partie d|prévu""",
        unless=r"inchangé|ne change pas|sans modifi",
    ),
    # An executive escalation.
    rule(
        "escalation",
        "0.85",
        "esca remo port sais aler soll",
        r"""escalad\w+|remont\w+|porter (?:ce|cette|le) \w+|saisir|alert\w+|solliciter""",
        r"""direction|comité|pdg\b|dg\b|directeur|directrice|direction générale""",
        unless=r"tableau de bord",
    ),
    # A commercial commitment.
    rule(
        "commercial",
        "0.85",
        "remi raba grat sans gara offe enga gest prix",
        r"remise (?:de|commerciale|exceptionnelle|sur)|rabais|gratuit\w*|sans (?:frais|surcoût|coût)|"
        r"(?:nous|je) (?:vous )?garanti\w+|(?:vous |est |sont |mois )offert\w*|(?:nous|je) nous engageons|"
        r"geste commercial|prix (?:\w+ ){0,2}(?:bloqué|garanti|fixe)",
        unless=r"colonne|champ|remise (?:des|du) (?:clés|rapport|document)|ne pouvons pas garantir",
    ),
    # Renewal, refund, downgrade.
    rule(
        "renewal",
        "0.85",
        "reno remb rési rétr form avoi",
        r"""renouvel\w+|rembours\w+|résili\w+|rétrograd\w+|formule inférieure|avoir sur (?:votre|la) facture""",
        unless=r"certificat|mot de passe|jeton|remboursements? (?:de|des) (?:vos|clients)|notes? de frais|"
        r"renouvelons nos (?:remerciements|excuses)",
    ),
    # Blame.
    rule(
        "blame",
        "0.85",
        "parc car puis comm malg faut vous votr bloq",
        r"(?:parce que|car|puisque|comme) vous (?:\S+ ){0,2}?n'|(?:parce que|car|puisque) (?:votre|"
        r"vos) (?:\S+ ){1,4}?n'|malgré (?:nos|mes|plusieurs|les) (?:\w+ )?(?:relances|rappels|demandes|"
        r"courriels)|faute de (?:réponse|retour) de (?:votre|vous)|vous n'avez (?:toujours |"
        r"encore )?(?:pas|jamais|rien) (?:\w+ )?(?:envoyé|fourni|répondu|transmis|validé|complété|donné|"
        r"respecté|signé)|par votre faute|votre (?:retard|négligence|silence)|"
        r"bloqués? (?:\S+ ){0,4}?(?:par vous|de votre (?:côté|part))",
        unless=r"si vous",
    ),
)
