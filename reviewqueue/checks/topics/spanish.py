"""Spanish rules for the six topics."""

from __future__ import annotations

from reviewqueue.checks.topics.rules import rule

RULES = (
    # A changed go-live date.
    rule(
        "go-live-date",
        "0.85",
        "apla retr posp muev move nuev adel luga tard",
        r"puesta en (?:marcha|producción)|lanzamiento|salida en vivo|salida a producción|"
        r"fecha de (?:inicio|entrega|arranque)|go-?live|arranque",
        r"aplaz\w+|retras\w+|posp(?:one|uesto|uesta|onemos|oner|usimos)\w*|se mueve|mover\w*|nueva fecha|"
        r"adelant\w+|en lugar de|más tarde de lo",
        unless=r"no se (?:mueve|aplaza|retrasa)|sin (?:retraso|cambio)s?|según lo previsto",
    ),
    # An explanation of a scope change.
    rule(
        "scope",
        "0.85",
        "alca form incl",
        r"""alcance|no forma(?:n)? parte|ya no (?:está|incluye|forma)\w*|no está\w* incluid\w+""",
        r"""cambi\w+|reduc\w+|redujo|ampli\w+|modific\w+|ajust\w+|fuera|proyecto|contrato|pedido|fase""",
        unless=r"no cambia|sin cambios",
    ),
    # An executive escalation.
    rule(
        "escalation",
        "0.85",
        "esca elev tras",
        r"""escal(?:ar|amos|ado|aremos|aré|ando|emos)\w*|elevar\w*|elevado|trasladar\w*""",
        r"""dirección|gerencia|director\w*|directiv\w+|consejo|ceo\b""",
        unless=r"informe de",
    ),
    # A commercial commitment.
    rule(
        "commercial",
        "0.85",
        "desc grat sin gara boni comp mism prec",
        r"descuento|gratis|gratuit[oa]s?|sin (?:coste|costo|cargo)|garantiz\w+|bonificaci\w+|"
        r"nos comprometemos|mism[oa] (?:precio|tarifa)|precio (?:\w+ ){0,2}(?:fijo|especial|garantizado)",
        unless=r"columna|campo|no podemos garantizar",
    ),
    # Renewal, refund, downgrade.
    rule(
        "renewal",
        "0.85",
        "reno renu reem devo devu canc plan baja",
        r"renovaci[oó]n\w*|renovar\w*|renueva\w*|reembols\w+|devoluci[oó]n (?:de|del) (?:dinero|importe|"
        r"pago)|devolver\w* (?:el|la) (?:importe|dinero|cuota|pago)|plan inferior|bajar (?:de|el) plan|"
        r"cancelar (?:el|su) (?:contrato|suscripción)",
        unless=r"certificado|contraseña|token|reembolsos de (?:sus|los) clientes",
    ),
    # Blame.
    rule(
        "blame",
        "0.85",
        "porq ya pues pesa uste su falt por",
        r"(?:porque|ya que|puesto que) (?:usted|ustedes|su equipo|vuestro equipo)? ?(?:aún |"
        r"todavía )?no (?:han?|nos|envi\w+|respond\w+|entreg\w+|complet\w+)|a pesar de (?:nuestros|los|"
        r"varios|mis) (?:\w+ )?(?:recordatorios|correos|avisos)|(?:ustedes|usted|su equipo) (?:aún |"
        r"todavía )?no (?:nos )?ha(?:n)? (?:enviado|entregado|respondido|completado|confirmado|firmado)|"
        r"por su (?:culpa|demora|retraso|falta)|falta de respuesta (?:de|por) (?:su|ustedes)",
        unless=r"si (?:usted|ustedes|su equipo|no han?)",
    ),
)
