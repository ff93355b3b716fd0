"""One word for what several words say, in English, German, French and Spanish, so that a sentence in one language and a
record in another have words in common."""

from __future__ import annotations

from reviewqueue.evidence.text.words.tokens import folded

_SAID = {
    "automat": """auto automatisch automatische automatically automatic automatiquement automatique tacite
        tacitement tacitly automáticamente automática automático""",
    "renew": """extended extend extends prolonged verlängert verlängern verlängerung renewal renewals
        renouvelle renouvelé renouvelée renouvellement reconduit reconduite reconduction renueva
        renovación renovar prórroga""",
    "seat": "licences licenses licence license",
    "user": "users utilisateur utilisateurs usuario usuarios nutzer benutzer anwender",
    "call": """phone calls meetings meeting talk talks réunion réunions reunión reuniones besprechung
        gespräch appel llamada""",
    "run": "handles leads manages lead manage runs dirige pilote leitet lidera",
    "look": "looks",
    "connect": """connected integration integrations integrated integrate connector connectors connection
        interface interfaces schnittstelle schnittstellen anbindung intégration connecteur
        connecteurs integración conector""",
    "month": "monthly mensuel mensuelle mensuellement monatlich mensual",
    "week": "weekly hebdomadaire wöchentlich semanal",
    "year": "yearly annually annual annuel annuelle jährlich anual",
    "day": "daily quotidien täglich diario",
    "migrat": """übernommen übernahme übernehmen migration migrations migrated migrate migrates
        transferred transfer migré migrée migrés migrées migrer reprise reprises repris
        migración migrado migrados migrar""",
    "import": """imports imported importé importée importés importées importer importación importar
        importiert""",
    "data": "altdaten daten données donnée datos dato",
    "training": "trainings formation formations schulung schulungen capacitación",
    "invoice": "invoices rechnung rechnungen facture factures factura facturas",
    "report": "reports rapport rapports bericht berichte informe informes",
    "app": "apps application applications aplicación",
    "host": """hosting hosted hosts hébergement hébergé hébergée hébergés hébergées gehostet
        alojamiento alojado alojados""",
    "language": "languages langue langues sprache sprachen idioma idiomas",
    "discount": "discounts rebate remise rabatt descuento",
    "warehouse": "warehouses entrepôt entrepôts lager almacén almacenes",
    "plant": "plants usine usines werk werke planta plantas fábrica",
    "contract": "contracts contrat contrats vertrag verträge contrato",
    "sample": "samples échantillon échantillons probe proben muestra muestras",
    "result": "results résultat résultats ergebnis ergebnisse resultado",
    "payment": "payments paiement paiements zahlung zahlungen pago pagos",
    "order": "orders commande commandes bestellung bestellungen pedido",
    "customer": "customers client clients kunde kunden cliente clientes",
    "price": "prices prix preis preise precio precios",
    "laboratory": "laboratories lab labs laboratoire laboratoires labor labore laboratorio",
    "server": "servers serveur serveurs servidor",
    "test": "tests essai essais prueba pruebas",
    "file": "files fichier fichiers datei dateien archivo",
    "question": "questions frage fragen pregunta",
    "deliver": "delivery delivered livraison livré livrée lieferung geliefert entrega",
    "signature": "signed signé signée unterschrift unterschrieben firma",
    "support": "assistance hilfe soporte unterstützung",
    "mandatory": "obligatoire obligatoires obligatorio verpflichtend",
    "holiday": "holidays congé congés vacances urlaub ferien vacaciones leave",
    "device": "devices appareil appareils gerät geräte dispositivo",
    "approv": "approuve valide genehmigt aprueba",
}
ONE_WORD = {folded(word): same for same, words in _SAID.items() for word in words.split()}
