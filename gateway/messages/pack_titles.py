"""The titles of the packs that come with the product, as the catalogues know them.

A pack names itself in one language, and what it says is kept by its hash; a pack somebody else wrote is called as they
called it.
"""

from gateway.errors import N_

SHIPPED = (
    N_("Shandong, routine prevention and control, 4th edition"),
    N_("Bayannur, social control in autumn and winter"),
    N_("Dalian, notice on routine prevention and control"),
    N_("Dongpo, work checklist"),
    N_("City speech, winter 2020-21"),
    N_("A demo county that takes from several notices"),
    N_("no pack activated here"),
)
