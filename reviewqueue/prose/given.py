"""Given names: people's first names as common in business mail, so that a name nobody recorded is seen as one."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GIVEN = _set(
    """aaron abdul abigail adam adrian agnes ahmed aiko aisha alan albert alejandro alessandro alex alexander
    alexandra alfred ali alice alicia alison amanda amaya amelia amina amit amy ana anders andrea andreas
    andrew andré angela anita anja anke anna anne annette anneliese antonio anton arjun arthur ashley astrid
    ayesha barbara bart beate beatrice ben benjamin bernd bernhard bettina birgit bjorn björn bob boris
    brandon brenda brian brigitte bruno caleb camille carl carla carlos carmen carol caroline catherine cathy
    cecilia chad charles charlotte chen chiara chris christa christian christiane christina christine
    christoph christopher cindy claire clara clare claudia colin connor cornelia craig cynthia dale damian dan
    dana daniel daniela david dawn deborah denise dennis derek desmond diana diego dieter dirk dmitri dominik
    donald donna doris dorothea douglas duncan dylan edward eileen elena elias elisabeth elizabeth ella ellen
    emil emily emma eric erica erik erika ernst esther ethan eva evelyn fabian fatima felix fernando fiona
    florian frances francesca francis francois frank franz frederick friedrich gabriel gabriela gareth gary
    george georg gerald gerd gerhard giovanni giulia gordon grace graham grant greg gregory greta guido gunter
    günter hannah hannes hans harald harold harry heather heidi heike heinrich heinz helen helena helga helmut
    henrik henry herbert hiroshi holger howard hugo ian ibrahim ines ingrid ingo irene iris isaac isabel
    isabella ivan jack jackie jacob jacqueline jakob james jamie jan jana jane janet jason javier jay jean
    jeff jeffrey jennifer jens jeremy jerry jessica jill jim joachim joan joanna jochen joe joel johan
    johannes john jonas jonathan jorge jose josef joseph joshua josé joyce juan judith julia julian julie jun
    jürgen justin kai karen karin karl karsten kate katharina kathleen kathrin kathryn katja keith kelly ken
    kenneth kenji kerstin kevin kim klaus kristin kurt kyle lars laura lauren laurent lea leah lena leon
    leonard leonie leo liam lina linda lisa lone lorenz lorraine louis louise luca lucas lucia lucy luis lukas
    luke lutz madison manfred manuel manuela marc marcel marco marcus margaret maria marie marina mario marion
    mark markus martha martin martina mary mathias matthew matthias maureen max maya megan mehmet mei melanie
    melissa michael michaela michel michelle miguel mike mikkel miles milan mira mohamed mohammed monica
    monika moritz nadia nadine naomi natalia natalie nathan neil nicholas nick nico nicola nicole niels
    nikolaus nils nina noah noor nora norbert olaf oleg oliver olivia omar oscar otto pablo pamela paolo
    patricia patrick paul paula pedro peggy penelope peter petra philip philipp phillip pia pierre piet
    priscilla priya rachel rainer ralf ralph raphael ravi ray raymond rebecca regina reinhard renata renate
    rhys ricardo richard rita robert roberta roberto robin roger roland rolf ronald rosa rose ross roy rudolf
    rupert ruth ryan sabine sally sam samantha samir samuel sandra sanjay sara sarah scott sean sebastian
    selina sergio sharon sheila shirley silke silvia simon simone sofia sonja sophia sophie stefan stefanie
    stella stephan stephanie stephen steve steven stuart sue susan susanne suzanne svenja sven sybille sylvia
    tamara tania tanja tara tasha tatjana ted teresa terry theo theodor theresa thomas thorsten tiffany tim
    timothy tina tobias todd tom tomas toni tony torsten tracy travis tyler udo ulrich ulrike ulf ursula ute
    uwe valentina valerie vanessa vera verena veronica victor victoria viktor vincent viola virginia vivian
    volker walter wanda warren wayne wendy werner wilhelm will william wolfgang xavier yasmin yuki yusuf
    yvonne zoe"""
)
LEGAL = _set("Inc Ltd LLC GmbH AG SE KG PLC plc Corp Corporation Limited BV B.V. AB Oy ApS Srl SARL SAS Pty gGmbH UG")
HONORIFIC = r"(?:Mr|Mrs|Ms|Mx|Mme|Dr|Prof|Herrn?|Frau|Sir|Madame|Señora?)"
GREETING = r"(?:Dear|Hi|Hello|Hey|Hallo|Liebe[r]?|Moin|Servus|dear|hi|hello|hallo|liebe[r]?)"
# Capitals that begin a sentence or a greeting, and are no part of a name.
STARTERS = _set(
    """a all also an and any are as ask at because before best both bitte but by can could dear der die das did
    do does each every everybody everyone first for from good guten hallo hello hey hi how if in is it its
    kind kindly last let liebe lieber maybe monday tuesday wednesday thursday friday saturday sunday montag
    dienstag mittwoch donnerstag freitag my next no not now of on one only or our please sehr she he since so
    team thank thanks that the their then there these they this those to today tomorrow two until very warm we
    welcome what when where which while who why will with would yes yesterday you your regards sincerely
    cheers ihr ihre unser unsere wir sie and/or january february march april may june july august september
    october november december folks friends colleagues there customer sir madam"""
)
