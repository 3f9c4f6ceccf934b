"""The French billing system: invoices with credit notes and deposits among them, and lines, in cp1252."""

HEAD = (
    "N° facture;Type;Date de facture;Date d’échéance;Code client;Devise;Total HT;Total TVA;Total TTC;"
    "Montant réglé;Reste à payer;Statut;Date de règlement;Mode de règlement;"
    "Facture d’origine;Date d’annulation"
)
INVOICES = """\
F-1;Facture;01/02/2025;;remise;EUR;1 062,00;212,40;1 274,40;1 274,40;0,00;Payée;05/02/2025;Prélèvement;;
F-2;Facture;01/02/2025;28/02/2025;avoir;EUR;280,00;56,00;336,00;336,00;0,00;Payée;03/02/2025;Virement;;
A-2;Avoir;05/03/2025;;avoir;EUR;-70,00;-14,00;-84,00;;;Émise;;;F-2;
F-3;Acompte;10/01/2025;;acompte;EUR;500,00;100,00;600,00;600,00;0,00;Payée;10/01/2025;CB;;
F-4;Facture;01/03/2025;;acompte;EUR;1 500,00;300,00;1 800,00;;1 800,00;À payer;;;;
F-5;Facture;01/02/2025;;annulee;EUR;280,00;56,00;336,00;;;Annulée;;;;05/03/2025
F-6;Facture;01/02/2025;;brouillon;EUR;280,00;56,00;336,00;;;Brouillon;;;;
Total;;;;;;3 832,00;;;;;;;;;
"""
LINE_HEAD = (
    "N° facture;Type;Ligne;Désignation;Nature;Quantité;PU HT;Montant HT;Taux TVA;Montant TVA;Devise;Période"
)
LINES = """\
F-1;Facture;1;Pro;Abonnement;2;590,00;1 180,00;20,00;236,00;EUR;du 01/02/2025 au 31/03/2025
F-1;Facture;2;Remise 10 %;Remise;1;-118,00;-118,00;20,00;-23,60;EUR;
F-2;Facture;1;Pro;Abonnement;1;280,00;280,00;20,00;56,00;EUR;du 01/02/2025 au 28/02/2025
A-2;Avoir;1;Pro;Abonnement;1;-70,00;-70,00;20,00;-14,00;EUR;
F-3;Acompte;1;Acompte;Acompte;1;500,00;500,00;20,00;100,00;EUR;
F-4;Facture;1;Formation;Prestation;1;2 000,00;2 000,00;20,00;400,00;EUR;
F-4;Facture;2;Acompte F-3;Acompte;1;-500,00;-500,00;20,00;-100,00;EUR;
F-5;Facture;1;Pro;Abonnement;1;280,00;280,00;20,00;56,00;EUR;du 01/02/2025 au 28/02/2025
F-6;Facture;1;Pro;Abonnement;1;280,00;280,00;20,00;56,00;EUR;du 01/02/2025 au 28/02/2025
Total;;;;;;;3 832,00;;;;
"""
NO_BREAK_SPACE = "\u00a0"


def exported(head: str, rows: str) -> bytes:
    """A file as the system writes it: what stands between thousands does not break."""
    thousands = rows
    for digit in "123":
        thousands = thousands.replace(f";{digit} ", f";{digit}{NO_BREAK_SPACE}")
        thousands = thousands.replace(f";-{digit} ", f";-{digit}{NO_BREAK_SPACE}")
    return f"{head}\n{thousands}".replace("\n", "\r\n").encode("cp1252")


FILES = {
    "dotsha_fr/factures.csv": exported(HEAD, INVOICES),
    "dotsha_fr/lignes_factures.csv": exported(LINE_HEAD, LINES),
}
