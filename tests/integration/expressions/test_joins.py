"""The columns of joins."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test.utils import isolate_apps

from tests.tables import create, models

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("lock", [False, True])
@isolate_apps("tests")
def test_joins_of_names_with_per_cent_signs(lock: bool) -> None:
    class Shop(models.Model):
        key = models.AutoField(primary_key=True, db_column="100%s key")

        class Meta:
            app_label = "tests"
            db_table = "shop 5%d"

    class Sale(models.Model):
        at = models.ForeignKey(Shop, models.CASCADE, related_name="sales", db_column="at %s")

        class Meta:
            app_label = "tests"
            db_table = "sale %s"

    create(Shop, Sale)
    shop = Shop.objects.create()
    Sale.objects.bulk_create([Sale(at=shop), Sale(at=shop)])
    shops = Shop.objects.filter(sales__isnull=False)
    sales = Sale.objects.select_related("at").order_by("at__sales")
    with transaction.atomic():
        assert len(shops.select_for_update() if lock else shops) == 2
        assert len(sales.select_for_update() if lock else sales) == 4
